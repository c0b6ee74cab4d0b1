"""What happens to a comment: submit, edit, moderate, list, render, and all that goes with it. No HTTP here."""
