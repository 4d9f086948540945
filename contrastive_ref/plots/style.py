"""One look for every figure of the course, and a way to show it that states it in words too."""

from __future__ import annotations

import base64
import html
import io

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.figure import Figure

# Okabe & Ito 2008, "Color universal design": told apart with every common kind of colour blindness.
# Their black comes last, since axes and text are black already.
PALETTE = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#009E73",  # green
    "#CC79A7",  # pink
    "#56B4E9",  # sky blue
    "#D55E00",  # vermilion
    "#F0E442",  # yellow
    "#000000",  # black
)


def use_style() -> None:
    """Set matplotlib's defaults to the course's style."""
    plt.rcParams.update(
        {
            "figure.figsize": (7.0, 3.6),
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            # Opaque, so that black text is readable on a dark page as well.
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "axes.facecolor": "white",
            "axes.prop_cycle": cycler(color=PALETTE),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.titlelocation": "left",
            "grid.color": "#DDDDDD",
            "font.size": 12,
            "axes.titlesize": 13,
            "axes.labelsize": 12,
            "xtick.labelsize": 11,
            "ytick.labelsize": 11,
            "legend.fontsize": 11,
            "legend.frameon": False,
            "lines.linewidth": 2.0,
            "image.cmap": "cividis",
        }
    )


def show(fig: Figure, alt: str) -> None:
    """Show `fig` with `alt`, the same in words for who cannot see it, and close it.

    In a notebook an `<img>` with that alt text, elsewhere a window; where there is neither, the
    words are printed.

    Raises:
        ValueError: `alt` is empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt: expected the figure in words, got {alt!r}")
    if _in_notebook():
        from IPython.display import display

        png = io.BytesIO()
        fig.savefig(png, format="png")
        source = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
        image = f'<img src="{source}" alt="{html.escape(alt)}" style="max-width: 100%">'
        display({"text/html": image, "text/plain": f"[figure] {alt}"}, raw=True)
    elif fig.canvas.required_interactive_framework:  # None where the backend has no windows
        plt.show()
    else:
        print(f"[figure] {alt}")
    # An open figure would be shown a second time at the end of the cell.
    plt.close(fig)


def _in_notebook() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
