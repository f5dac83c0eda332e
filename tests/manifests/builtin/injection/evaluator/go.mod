module evaluator

go 1.22
