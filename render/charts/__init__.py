"""Istio's Helm charts as they are vendored in a fleet repo, as data: nothing here renders or fetches.

archive       A chart's archive (`.tgz`) to files and back, within limits
chart         A chart as its files, and what its Chart.yaml says that it is
chart_folder  The charts that a fleet repo has, read as specs are: from the working tree, or from a commit
digest        The digest that a vendored chart is pinned by, and whether its files are still those
lock          `charts.lock`: which charts are vendored, from where, and the digests that hold them to it
values        What the templates of a chart read: the values that are given, over the layers of Istio's charts
volatile      What in a chart would render other objects each time: chance, clocks, names looked up, keys made anew
"""
