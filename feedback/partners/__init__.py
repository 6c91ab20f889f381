"""Where partners work: webhooks, connectors to a CRM, a card of the standing for other pages."""
