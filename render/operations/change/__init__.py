"""The verbs that commit: promote, roll back, retire, tidy."""
