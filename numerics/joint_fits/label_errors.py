"""The last fit against the labels of one of its sources."""

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.joint_fits.stage_covariances import Covariances
from ...theory.specification.fit_graph import Labelling
from .joint_numbers import JointNumbers

__all__ = ["LabelErrors"]


class LabelErrors:
    """Labels of one set: y − f = e on samples that no fit was trained on, with f the last fit.

    With ρ the residuals of all fits on such a sample and l the labeller of y, the residual in training is
    e − (1_T − l) γ_k D_k M_k ρ, in the notation of ``stage_responses``.
    """

    def __init__(self, numbers: JointNumbers, covariances: Covariances, labelling: Labelling) -> None:
        self.numbers, self.covariances, self.x = numbers, covariances, labelling
        self.stages = numbers.stages
        self.c = self.stages.covariance_of[labelling.inputs]
        T = self.stages.fits
        self.row = np.eye(T)[-1] + 0 * self.stages.η
        if labelling.labeller is not None:
            self.row[labelling.labeller] -= 1
        self.excesses = [
            d.excess(self.row[None], [numbers.lack(i, labelling)])[0]
            for i, d in enumerate(covariances.deviations)
        ]

    def error(self) -> Numbers:
        """(R,) E e² without the noise of the labels."""
        spread: Numbers = self.row @ self.covariances.traces[:, self.c] @ self.row
        for i, (d, e) in enumerate(zip(self.covariances.deviations, self.excesses, strict=True)):
            spread[i] += d.on(self.c, e[None])[0, 0]
        return spread

    def quality(self) -> Number:
        """The error of the labels without their noise, against the target's truth."""
        st, t = self.stages, self.x.labeller
        total: Number = 0 * st.η[0]
        if t is not None:
            total = total + self.covariances.traces[:, self.c, t, t].sum()
        for i, d in enumerate(self.covariances.deviations):
            row = np.zeros((1, st.fits)) + 0 * st.η
            if t is not None:
                row[0, t] += 1
            e = d.excess(row, [self.numbers.lack(i, self.x)])
            total = total + d.on(self.c, e)[0, 0]
        return total

    def training_error(self) -> Numbers:
        """(R,) the mean square of the residuals in training, noise included."""
        st, k, r = self.stages, self.x.inputs, self.covariances.responses
        v = -(self.row @ r.γ[k] @ r.B[k]) / st.counts[k]
        variances, shared = self.numbers.noise_of(self.x)
        parts = len(self.excesses)
        own = self.error()
        own[parts:] += variances
        cross = self.covariances.traces[:, self.c] @ self.row @ r.unlabelled[k].T
        cross[parts:] += shared
        for i, d in enumerate(self.covariances.deviations):
            e = d.excess(r.unlabelled[k], d.part.deficits[k])
            cross[i] += np.array([d.on(self.c, np.array([self.excesses[i], x]))[0, 1] for x in e])
        trained: Numbers = own + 2 * (cross @ v) + (self.covariances.residuals[:, k] @ v) @ v
        return trained
