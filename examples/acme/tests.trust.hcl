test "only production opens production" {
  role  = "acme/payments/prod"
  allow = [env_sub("acme", "payments/prod")]
  deny  = [env_sub("acme", "payments/eu"), deploy_sub("acme", {})]
}
