"""What a verb of the command line does, in terms of the other rooms."""
