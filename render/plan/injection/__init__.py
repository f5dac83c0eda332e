"""Who injects a pod: which label decides, which webhook serves it, and who gets another proxy.

admission        What istiod still decides once one of its webhooks has fired: it may return the pod as it was
label_selectors  Kubernetes label selectors, evaluated and compared as sets of label values
precedence       Which label decides who injects a pod
proof            The proof that for all labels the injection webhook fires that is intended
proxy_moves      Who gets another proxy
webhook_entries  The entries of MutatingWebhookConfigurations
"""
