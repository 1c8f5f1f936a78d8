"""``select``: samples that are labelled, and kept where a rule says so."""

from typing import Any, cast

from ...theory.base.accepted_values import Count, RealNumber
from ...theory.base.argument_checks import checked_call
from ...theory.base.errors import SpecError
from ...theory.data.covariance import CovarianceLike
from ...theory.data.spectrum import Spectrum
from ...theory.selection.label_laws import LabelLaw
from ...theory.selection.labels import linear
from ...theory.selection.rules import everything
from ...theory.selection.selected_moments import SelectedMoments, selected_moments
from ...theory.selection.selection import Selection
from ...theory.selection.selection_rules import Rule
from ...theory.selection.vectors import vectors_of
from ...theory.specification.problem import Problem
from .replicas import Replicas

__all__ = ["fitted_moments", "select"]


@checked_call
def select(
    N: "Count",
    covariance: "CovarianceLike",
    *,
    labels: "LabelLaw | Problem",
    keep: Rule | None = None,
    weight: "RealNumber" = 1.0,
) -> Selection:
    """Samples x ~ N(0, S) that are labelled, and kept where a rule says so.

    Parameters
    ----------
    N : int
        The number of samples that are drawn.
    covariance : Spectrum, array or matrix
        S.
    labels : label law or Problem
        One of ``detequiv.labels``: linear, sign, probit, polynomial, function, mixture. A Problem labels by
        its trained model, without noise: ``labels.linear(problem)``.
    keep : Rule or None
        One of ``detequiv.rules``, or several combined with ``&``; None keeps all.
    weight : float
        The weight of each kept sample in the loss.

    Returns
    -------
    Selection
        A source, for a :class:`Problem`.

    Raises
    ------
    SpecError, ShapeError
        Values that are not valid; a rule on more than three scores; a rule that keeps nothing; trained
        models that share samples.

    Notes
    -----
    With A = S V G⁻¹ for the directions V of labels and rule (u = Vᵀx, G = VᵀSV), and the moments M = E uuᵀ,
    b = E uy, v = E y² of a kept sample, ridge regression learns from the selection what it learns from n = pN
    samples of covariance S + A (M − G) Aᵀ with labels of V M⁻¹ b and noise v − bᵀM⁻¹b. This is exact in
    law given the moments of the n kept samples, and their fluctuation changes the error by O(1/n).

    Ridges refer to the kept samples: n is the number of these.

    A vector of labels or rule may be a :class:`Problem`: the weights of the model that is trained in it, on
    samples that are not in the mix, nor in another one. Its overlaps are the expected ones.

    Source: our own derivation, by the rotation of samples that leaves a Gaussian matrix in law as it is.

    Examples
    --------
    >>> import detequiv as de
    >>> w_g, w_v = [1.0, 0.5], [1.0, 0.0]
    >>> kept = de.select(900, [1.0, 1.0], labels=de.labels.linear(w_g, noise_variance=0.25),
    ...                  keep=de.rules.near(w_v, 0.5))
    >>> kept.n, round(kept.noise_variance, 4)
    (468, 0.0689)
    """
    law = linear(cast(Any, labels)) if isinstance(labels, Problem) else labels
    return Selection(
        draws=N,
        inputs=covariance,
        law=law,
        keep=everything() if keep is None else keep,
        integrate=fitted_moments,
        weight=weight,
    )


def fitted_moments(law: LabelLaw, keep: Rule, inputs: Any) -> SelectedMoments:
    """The moments of a kept sample, where vectors of labels and rule may be those of trained models."""
    fits = [w for w in (*vectors_of(law), *vectors_of(keep)) if isinstance(w, Problem)]
    if not fits:
        return selected_moments(law, keep, inputs)
    if not isinstance(inputs, Spectrum):
        raise SpecError(
            "a selection by trained models takes a diagonal covariance; got a matrix. Give its eigenvalues, "
            "and everything else in their basis."
        )
    assert fits[0].signal is not None
    return Replicas(int(inputs.d), fits[0].signal).moments(law, keep, inputs)
