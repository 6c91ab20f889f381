"""Customers out of a CRM, and standings back into it: HubSpot and Salesforce behind one port."""
