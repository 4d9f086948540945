"""One module per notebook; each holds a tuple EXERCISES. docs/authoring.md says how to add one."""
