"""Seeds: every function that takes one also takes a random generator, and its run can be repeated."""

import copy
import itertools
import pickle

import numpy as np
import pytest

import detequiv as de
from detequiv import freeprob as fp
from detequiv.verify.simulators.trial_seeds import root_seed, trial_seed
from helpers.refusals import refused

MIX = de.Problem(signal=0.25, sources=[de.Source(12, de.isotropic(4), noise_variance=0.1)], ridge=0.5)

n, d = fp.dimensions("n d")
TRACE = fp.trace((X := fp.Gaussian(n, d, "X", variance=1 / n)).T @ X)
SIZES = {n: 12, d: 4}


def noisy(rng):
    return rng.normal()


def extrapolated(**seed):
    found = de.extrapolate(MIX, (1, 2), trials=32, **seed)
    return found, (*found.means, found.intercept)


def asserted(**seed):
    found = de.assert_agrees(theory=0.0, simulation=noisy, tolerance=1.0, **seed)
    return found, tuple(term.simulated for term in found.terms)


def simulated(method="conditional", **seed):
    found = de.simulate(MIX, trials=5, method=method, **seed)
    return found, tuple(found.samples.error)


def checked(**seed):
    found = fp.check(TRACE, SIZES, tolerance=1.0, **seed)
    return found, tuple(term.simulated for term in found.terms)


FUNCTIONS = {
    "simulate": simulated,
    "simulate naively": lambda **seed: simulated("naive", **seed),
    "assert_agrees": asserted,
    "extrapolate": extrapolated,
    "fp.check": checked,
    "fp.sample": lambda **seed: (None, tuple(fp.sample(TRACE, SIZES, trials=5, **seed))),
}
every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)

SEQUENCES = {
    "integer": lambda: np.random.SeedSequence(7),
    "large integer": lambda: np.random.SeedSequence(2**200 + 5),
    "entropy of the system": np.random.SeedSequence,
    "several integers": lambda: np.random.SeedSequence([7, 2**40, 0]),
    "a child": lambda: np.random.SeedSequence(7).spawn(4)[3],
    "the first child": lambda: np.random.SeedSequence(7).spawn(1)[0],
    "a grandchild": lambda: np.random.SeedSequence(2**70).spawn(2)[1].spawn(3)[0],
    "a child of many integers": lambda: np.random.SeedSequence(range(9), spawn_key=(2**33,)),
}

GENERATORS = {
    "Generator": np.random.default_rng,
    "BitGenerator": np.random.PCG64,
    "another BitGenerator": np.random.MT19937,
}


@every_function
@pytest.mark.parametrize("integer", [0, 5, np.int64(5), 2**80], ids=repr)
def test_an_integer_gives_the_bits_of_the_same_seed(function, integer):
    assert function(rng=integer)[1] == function(seed=integer)[1]


@every_function
def test_without_seed_and_rng_the_seed_is_0(function):
    assert function()[1] == function(seed=0)[1] == function(rng=None)[1]


@every_function
@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
def test_a_seed_sequence_is_the_root_and_is_left_as_it_was(function, make):
    sequence = make()
    before = sequence.n_children_spawned
    found, numbers = function(rng=sequence)
    assert function(rng=sequence)[1] == numbers
    assert sequence.n_children_spawned == before
    if found is not None:
        assert function(seed=found.seed)[1] == numbers


@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
def test_trial_i_draws_from_child_i_of_the_sequence(make):
    sequence = make()
    children = copy.deepcopy(sequence).spawn(5)
    root = root_seed(rng=sequence)
    for i, child in enumerate(children):
        assert trial_seed(root, i).generate_state(8).tolist() == child.generate_state(8).tolist()
    assert np.random.SeedSequence(root).generate_state(8).tolist() == sequence.generate_state(8).tolist()


@every_function
@pytest.mark.parametrize("make", GENERATORS.values(), ids=GENERATORS)
def test_a_generator_gives_other_trials_each_time_and_every_run_can_be_repeated(function, make):
    generator = make(3)
    (first, numbers), (second, others) = function(rng=generator), function(rng=generator)
    assert numbers != others
    if first is not None:
        assert first.seed != second.seed
        assert function(seed=first.seed)[1] == numbers
        assert function(seed=second.seed)[1] == others
    assert function(rng=make(3))[1] == numbers


@every_function
@pytest.mark.parametrize("seed", [0, 4])
def test_seed_and_rng_together_are_refused(function, seed):
    with refused(de.SpecError, "seed or rng", "not both", (f"seed={seed}", "rng=3"), "Omit one"):
        function(seed=seed, rng=3)


WRONG = [-1, 1.5, True, "7", [1, 2], (1, 2), np.random, np.random.RandomState(3)]


@every_function
@pytest.mark.parametrize("rng", WRONG, ids=lambda rng: type(rng).__name__)
def test_another_rng_is_refused(function, rng):
    facts = "integer, SeedSequence, BitGenerator Generator"
    with refused(de.SpecError, "rng", facts, remedy="numpy.random.default_rng()"):
        function(rng=rng)


@every_function
@pytest.mark.parametrize(
    "seed", [-1, 1.5, None, True, [1], (), (1.5,), (-1,), (2**32,)], ids=lambda seed: repr(seed)
)
def test_another_seed_is_refused(function, seed):
    with refused(de.SpecError, "seed", "non-negative integer", (repr(seed),)):
        function(seed=seed)


def test_a_seed_sequence_of_another_pool_size_is_refused():
    with refused(de.SpecError, "rng", "default pool size", "pool_size = 8"):
        root_seed(rng=np.random.SeedSequence(3, pool_size=8))


def test_the_seeds_of_results_survive_pickling():
    run = de.simulate(MIX, trials=3, rng=np.random.SeedSequence(7).spawn(1)[0])
    assert run.seed == (7, 0, 0, 0, 0)
    assert pickle.loads(pickle.dumps(run)) == run
    assert len(run.digest) == 64


def test_a_confirmation_has_seeds_of_its_own_under_every_kind_of_root():
    seeds = []
    for rng in (3, np.random.SeedSequence(3).spawn(1)[0], np.random.default_rng(3)):
        with pytest.raises(de.DisagreementError) as caught:
            de.assert_agrees(theory=5.0, simulation=noisy, tolerance=0.1, rng=rng)
        agreement = caught.value.agreement
        seeds += [agreement.seed, agreement.confirmation.seed]
        assert str(agreement.seed) in str(caught.value)
    assert all(a != b for a, b in itertools.combinations(seeds, 2))
