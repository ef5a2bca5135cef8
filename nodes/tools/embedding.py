"""Static embeddings: a text is the mean of the vectors of its tokens, which come in a wheel; no model runs.

Source: the vectors are those of WordLlama (https://github.com/dleemiller/WordLlama), distilled from the tables of
tokens of large language models. How near two texts are is the cosine of the angle between their means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import PlanweaveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")
"""Where the wheel has them."""


class StaticEmbedder:
    """Says how near texts are in meaning, by static embeddings; needs ``pip install planweave[embed]``.

    Raises:
        PlanweaveError: it is not installed.

    >>> from planweave.nodes.tools.toolbox import Toolbox
    >>> box = Toolbox(embedder=StaticEmbedder())  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._vectors, self._tokenizer = _loaded()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The texts as vectors of length 1, one a row; a text of no tokens is all zeros."""
        import numpy as np

        found = np.zeros((len(texts), self._vectors.shape[1]), np.float32)
        for row, text in zip(found, texts, strict=True):
            tokens = self._tokenizer.encode(_readable(text), add_special_tokens=False).ids
            if tokens:
                mean = self._vectors[tokens].mean(0)
                row[:] = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return found

    def compare(self, texts: Sequence[str]) -> Callable[[str], Sequence[float]]:
        """A function that says of a text how near it is to each of these; see ``Embedder``."""
        import numpy as np

        there = self.embed(texts)

        def near(text: str) -> Sequence[float]:
            # not `@`, which wakes a thread for each processor: that takes longer than the work
            found: list[float] = np.einsum("ij,j->i", there, self.embed([text])[0]).tolist()
            return found

        return near


@cache
def _loaded() -> tuple[Any, Any]:
    """The vectors, one a row for each token, and what makes tokens of texts."""
    found = find_spec("wordllama")
    if found is None or not found.submodule_search_locations:
        raise PlanweaveError("static embeddings are not installed", mend="pip install planweave[embed]")
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = Path(found.submodule_search_locations[0])
    (vectors,) = load_file(folder / WEIGHTS).values()
    return vectors.astype("float32"), Tokenizer.from_file(str(folder / TOKENIZER))


def _readable(text: str) -> str:
    """The text without halves of characters, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()
