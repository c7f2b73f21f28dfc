# partner: another company's organisation, which reads one bucket and nothing
# else. Its YAML file is the partner's to write.

org "partner" {
  account = account.dev
  emit    = false

  environment "exchange/reader" {
    role {
      description     = "Read access for the partner."
      inline_policies = { read = file("policies/read-exchange.json") }
    }
  }
}
