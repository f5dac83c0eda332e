"""What is wrong with a plan or its manifests, or worth knowing before they are merged.

github    Findings as workflow commands of GitHub Actions, which it shows beside the lines of a pull request
registry  All rules by their codes, and one cluster asked all of them
rule      What a rule is: a question to one cluster under a code that stays, and what it answers
rules/    The rules, a family in each module
sarif     Findings as SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads (OASIS, SARIF 2.1.0)
view      One cluster as rules look at it: all that files say of it, prepared once; a rule reads no file itself
waivers   What is left of findings once the fleet has had its say
"""
