"""The grader. In notebooks: `check("nt_xent_loss", nt_xent_loss, points=4)`. In tools: `assess`.

exercise    what an exercise is made of          cases, inputs   building blocks of exercises
probes      what is tried on student code        runner, limits, delegation   the guards around it
judges      comparing with the reference         naming, symptoms             which mistake is it?
assessing   probe + judge = a score              report, checking             what the student sees
"""

from contrastive_ref.grading.checking import assess, check, exercises

__all__ = ["assess", "check", "exercises"]
