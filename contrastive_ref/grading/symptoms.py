"""Mistakes that look alike in every exercise: symptom -> (name, title, hint).

The title completes the sentence "This is what you get …".
"""

GENERAL: dict[str, tuple[str, str, str]] = {
    "type:None": (
        "returns_nothing",
        "when a function ends without `return`",
        "Your function works something out and then keeps it to itself. Which line should hand the "
        "result back?",
    ),
    "type": (
        "wrong_type",
        "when something other than a tensor (or not the promised number of them) comes back",
        "Read “Returns” in the docstring once more and compare it with `type(...)` of your "
        "result. `.item()`, `.tolist()` and `.numpy()` all leave the world of tensors.",
    ),
    "shape": (
        "wrong_shape",
        "when a sum, mean or product runs over another dimension than intended",
        "Print the `.shape` after every line, for 5 rows of 3 numbers. Where is it not what you "
        "expected? Is a `keepdim=True` missing, or a mean at the end?",
    ),
    "nan": (
        "nan",
        "when something is divided by zero, or a square root is asked for its slope at zero",
        "Find the smallest input that gives NaN. What is the divisor there, or the number under "
        "the root?",
    ),
    "inf": (
        "infinity",
        "when an exponential or a division runs out of the range of its dtype",
        "exp(89) is already infinite in float32. Which function of torch takes the exponential and "
        "the logarithm in one safe step?",
    ),
    "no gradient": (
        "gradient_cut",
        "when the thread from input to result is cut",
        "`.detach()`, `.item()`, `.data`, `.numpy()`, `torch.tensor(...)` of a tensor and "
        "`torch.no_grad()` all cut it. A network in front of this function could not learn.",
    ),
    "mutated": (
        "changes_its_input",
        "when a function writes into what it was given",
        "`x /= …`, `x[i] = …` and methods that end in `_` write into the caller's data. Make a new "
        "tensor instead.",
    ),
    "dtype": (
        "wrong_dtype",
        "when the result has another dtype than the contract promises",
        "A tensor made inside the function (`torch.zeros`, `torch.ones`, `.float()`) has its own "
        "dtype. Where should it take it from?",
    ),
    "device": (
        "wrong_device",
        "when a tensor made inside the function stays on the CPU while the inputs are on a GPU",
        "Which of your lines makes a new tensor (`torch.eye`, `arange`, `zeros`, …)? Tell it "
        "`device=` of an input.",
    ),
    "loop": (
        "loops_over_rows",
        "with a Python loop over rows: right, and slow",
        "Everything else is right. Can one matrix product, or one comparison of `x[:, None]` with "
        "`y[None, :]`, do all rows at once?",
    ),
    "timeout": (
        "never_returns",
        "when a loop waits for something that never happens",
        "For which input does your `while` never find what it looks for? Try two samples, or one "
        "class.",
    ),
    "error:RecursionError": (
        "endless_recursion",
        "when a function calls itself without end",
        "Does your function have the same name as the one that you meant to call?",
    ),
    "error:SystemExit": (
        "exits",
        "when a function leaves Python instead of returning",
        "Replace `exit()` or `sys.exit()` by `return`.",
    ),
    "error": (
        "raises_an_error",
        "when Python stops half-way",
        "The message above names the line. Call your function yourself on a small input of that "
        "kind, in a cell of its own, and print the shapes.",
    ),
    "part:stability": (
        "unstable",
        "when a formula that is right on paper meets the limits of its dtype",
        "Which intermediate number becomes huge, or is the small difference of two huge ones?",
    ),
}
