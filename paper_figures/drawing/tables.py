"""The data of a figure: theory along its lines, and simulated points compared with it."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import xarray
    from pandas import DataFrame

__all__ = ["Tables"]

COLUMNS = ["predicted", "simulated", "stderr"]


class Tables(NamedTuple):
    """lines : theory, a variable for each term, over the coordinates of the points.

    points : predicted, simulated, stderr and verdict, over the same coordinates and ``term``; its
    attributes are the parameters of the figure. NaN where there is no such point.
    """

    lines: "xarray.Dataset"
    points: "xarray.Dataset"

    def rows(self) -> "DataFrame":
        """All values, one row for each point and term; simulated is empty where there is only a line.

        >>> import xarray
        >>> lines = xarray.Dataset({"error": ("m", [2.0, 3.0])}, coords={"m": [1, 2]})
        >>> points = xarray.Dataset({"predicted": (("m", "term"), [[3.0]]),
        ...                          "simulated": (("m", "term"), [[3.1]])},
        ...                         coords={"m": [2], "term": ["error"]})
        >>> print(Tables(lines, points).rows())
                 predicted  simulated
        m term
        1 error        2.0        NaN
        2 error        3.0        3.1
        """
        import pandas

        points = self.points.to_dataframe().dropna(subset="simulated")
        terms = self.points.term.values.tolist()
        theory = self.lines[terms].to_dataarray("term", name="predicted")
        order = [name for name in points.index.names if name in theory.dims]
        line = theory.transpose(*order).to_dataframe()[["predicted"]].dropna()
        between = line[~line.index.isin(points.index)]
        rows = pandas.concat([points, between]).sort_index()
        counts = rows.columns.intersection(["trials"])
        return rows.astype(dict.fromkeys(counts, "Int64"))  # whole where they are, empty elsewhere
