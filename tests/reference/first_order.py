"""The first finite-size correction by differences: J(t) itself, in complex numbers.

Shares nothing with the library but the statement in ``first_correction``: derivatives in t are
the imaginary parts at t = 10⁻²⁵ i, those in log κ central differences.
"""

from typing import Any

STEP = 1e-4
T = 1e-25


class FirstOrder:
    """One source of n samples, eigenvalues λ, truths of second moments γ, noise σ², width m."""

    def __init__(self, λ: Any, γ: Any, n: float, noise: float, m: float) -> None:
        self.λ, self.γ, self.n, self.noise, self.m = λ, γ, n, noise, m

    def corrections(self, κ: float) -> tuple[float, float, float]:
        """The error, and what width and samples add to it, at the ridge κ that S leaves."""
        here, above, below = (self._at(κ * (1 + h)) for h in (0, STEP, -STEP))

        def along(i: int) -> float:
            return (above[i].real - below[i].real) / (2 * STEP * κ)

        moved = κ * here["df1"].imag / T / here["D"].real  # dκ/dt at fixed λ
        leading, width, samples = (
            here[name].imag / T + along(name) * moved for name in ("J", "width", "samples")
        )
        wide = 10 * STEP
        shifted, upper, lower = (self._shift(κ * (1 + h)) for h in (0, wide, -wide))
        samples += shifted.imag / T + (upper.real - lower.real) / (2 * wide * κ) * moved
        return leading, width, samples

    def _shift(self, κ: float) -> complex:
        """∂J/∂log κ times the shift of log κ that the samples' correction causes."""
        here, above, below = (self._at(κ * (1 + h)) for h in (0, STEP, -STEP))
        return (above["J"] - below["J"]) / (2 * STEP) * here["shift"] / here["D"]

    def _at(self, κ: float) -> dict[Any, complex]:
        λ, n, σ2 = self.λ, self.n, self.noise
        A, t = λ, T * 1j
        f = self._solved(κ, t)
        R = 1 / (f * λ + t * A + κ)
        slope = 1 / f**2 - (λ * λ * R * R).sum() / n
        f1 = (λ * R * R).sum() / n / slope
        first = -R * R * (f1 * λ + 1)
        bent = 2 * R**3 * (f1 * λ + 1) ** 2
        f2 = (2 * f1**2 / f**3 - (λ * bent).sum() / n) / slope
        second = bent - R * R * f2 * λ
        u = f * λ * R
        D = n - (u**2).sum()
        a = (u**2 - u**3).sum()
        δ = -u * (1 - u) * a / D**2 + u**2 * (1 - u) / D
        dR = δ / (κ + t * A)
        J = κ * self.γ.sum() - κ**2 * (self.γ * R).sum() + σ2 * (1 - (len(λ) - ((κ + t * A) * R).sum()) / n)
        samples = -(κ**2) * (self.γ * dR).sum() + σ2 / n * ((κ + t * A) * dR).sum()
        g, g1, g2 = R.sum(), first.sum(), second.sum()
        df1, d1, d2 = len(λ) - κ * g, -g - κ * g1, -2 * g1 - κ * g2
        df2 = df1 + κ * d1
        df3 = df2 + κ * (2 * d1 + κ * d2) / 2
        D_m, a_m = self.m - df2, df2 - df3
        h1 = self.γ.sum() - 2 * κ * (self.γ * R).sum() - κ**2 * (self.γ * first).sum()
        h2 = -2 * (self.γ * R).sum() - 4 * κ * (self.γ * first).sum() - κ**2 * (self.γ * second).sum()
        of_noise = -(df1 - df2) * a_m / D_m**2 + a_m / D_m
        r1, r2 = (A * first).sum(), (A * second).sum()
        of_target = κ * r1 * a_m / D_m**2 + (-κ * r1 - κ**2 * r2 / 2) / D_m
        width = -κ * h1 * a_m / D_m**2 + 0.5 * (κ * h1 + κ * (h1 + κ * h2)) / D_m
        width += σ2 / n * (of_noise - t * of_target)
        return {"J": J, "width": width, "samples": samples, "df1": df1, "D": D_m, "shift": -κ * dR.sum()}

    def _solved(self, κ: float, t: complex) -> complex:
        """1/f = 1 + Σ λR/n, by Newton's method from below, where the difference is convex."""
        f = 1 / (1 + self.λ.sum() / (self.n * κ)) + 0j
        for _ in range(500):
            R = 1 / (f * self.λ + t * self.λ + κ)
            value = 1 / f - 1 - (self.λ * R).sum() / self.n
            step = value / (-1 / f**2 + (self.λ**2 * R**2).sum() / self.n)
            f = f - step
            if abs(step) < 1e-15 * abs(f):
                break
        return f
