/* The three companies: where they are, who wins their customers, which products they use. */
#include "simrows.h"

const char *const company_names[3] = { "shop", "saas", "hotel" };

#define ROWS(f) .head = f##_head, .row = f##_row
#define DAYS(f) .head = f##_head, .all = f##_all

const struct company_def companies[3] = {
	[SHOP] = {
		.what = "a tea shop with a web shop and tills", .zone = "Europe/Berlin", .country = "DE", .owner = "tea@example.org",
		.currency_name = { "EUR", "CHF" }, .place = { "Dresden", "Leipzig", "Berlin", "Hamburg" },
		.channel = {
			{ "Google Ads", "Brand", 0.30, 1800, 0.8, 1.3 }, { "Meta Ads", "Fidélité; thé", 0.20, 2600, 0.6, 1.6 },
			{ "referral", "friends", 0.15, 0, 1.3, 0.7 }, { "web", "", 0.25, 0, 1.1, 0.9 }, { "partner", "fair", 0.10, 0, 1.0, 1.0 },
		},
		.family = {
			[F_ORDERS] = { .name = "shopify-orders", .kind = "orders", .monthly = true, ROWS(shopify_orders), .damage = {
				{ "date", 13, "2026-02-30 10:00:00 +0100" }, { "number", 10, "12.3O" }, { "fields", -1, "x" }, { "quote-text", 15, "\"Ada\"x" }, { "quote-open", 15, "\"Ada" } } },
			[F_TILL_SALES] = { .name = "till", .kind = "orders", .monthly = true, .shape = SHAPE_SEMICOLON, .letters = LETTERS_1252, .crlf = true, ROWS(till),
				.options = "--as orders --map order=Beleg,time=Datum,amount=Betrag,currency=Währung --map location=Filiale,product=Artikel,refund_of=Storno", .damage = {
				{ "date", 1, "31.02.2026 10:00" }, { "number", 3, "12,3O" }, { "fields", -1, "x" } } },
			[F_CARD] = { .name = "stripe-payments", .kind = "payments", .monthly = true, ROWS(stripe), .damage = {
				{ "date", 1, "2026-13-01 10:00" }, { "number", 5, "1O.00" }, { "fields", -1, "x" } } },
			[F_PAYPAL] = { .name = "paypal-activity", .kind = "payments", .monthly = true, .letters = LETTERS_BOM, .crlf = true, ROWS(paypal), .damage = {
				{ "date", 0, "\"31.02.2026\"" }, { "number", 7, "\"1O,00\"" }, { "quote-text", 3, "\"Ada\"x" } } },
			[F_HELP] = { .name = "zendesk-tickets", .kind = "interactions+feedback", .monthly = true, .late = true, ROWS(zendesk), .damage = {
				{ "date", 11, "2026-02-30 10:00" }, { "fields", -1, "x" } } },
			[F_SITE] = { .name = "site-log", .kind = "interactions", .monthly = true, .late = true, .options = "--as interactions", ROWS(site), .damage = {
				{ "date", 0, "2026-02-30T10:00:00Z" }, { "missing", 1, "" }, { "fields", -1, "x" } } },
			[F_MAILINGS] = { .name = "mailings", .kind = "interactions", .monthly = true, .options = "--as interactions", ROWS(mailings), .damage = {
				{ "date", 0, "yesterday" }, { "missing", 1, "" } } },
			[F_CRM] = { .name = "shopify-customers", .kind = "customers", ROWS(shopify_customers) },
			[F_SURVEY] = { .name = "typeform-results", .kind = "feedback", ROWS(typeform), .damage = { { "date", 5, "2026-02-30 10:00:00" } } },
			[F_BILLS] = { .name = "invoices", .kind = "invoices", .monthly = true, .options = "--as invoices", ROWS(invoices), .damage = {
				{ "date", 2, "2026-02-30" }, { "number", 5, "1O.00" } } },
			[F_SPEND_A] = { .name = "google-ads", .kind = "spend", .shape = SHAPE_TAB, .letters = LETTERS_UTF16, .crlf = true, DAYS(google_ads) },
			[F_SPEND_B] = { .name = "meta-ads", .kind = "spend", .shape = SHAPE_SEMICOLON, .letters = LETTERS_BOM, .crlf = true, DAYS(meta_ads) },
		},
	},
	[SAAS] = {
		.what = "software by subscription", .zone = "Europe/Amsterdam", .country = "NL", .owner = "billing@example.org",
		.currency_name = { "EUR", "USD" }, .place = { "main", "main", "main", "main" },
		.channel = {
			{ "Google Ads", "Brand", 0.30, 9000, 1, 1 }, { "LinkedIn Ads", "Teams", 0.20, 16000, 1, 1 },
			{ "referral", "friends", 0.15, 0, 1, 1 }, { "web", "", 0.25, 0, 1, 1 }, { "partner", "fair", 0.10, 0, 1, 1 },
		},
		.family = {
			[F_CONTRACTS] = { .name = "subscriptions", .kind = "subscriptions", .options = "--as subscriptions", ROWS(contracts), .damage = {
				{ "date", 2, "2026-02-30" }, { "number", 5, "1O.00" } } },
			[F_CARD] = { .name = "stripe-payments", .kind = "payments", .monthly = true, ROWS(stripe), .damage = {
				{ "date", 1, "2026-13-01 10:00" }, { "number", 5, "1O.00" }, { "fields", -1, "x" } } },
			[F_HELP] = { .name = "freshdesk-tickets", .kind = "interactions+feedback", .monthly = true, .late = true, ROWS(freshdesk), .damage = {
				{ "date", 9, "2026-02-30 10:00:00" }, { "fields", -1, "x" } } },
			[F_CALLS] = { .name = "aircall-calls", .kind = "interactions", .monthly = true, ROWS(aircall), .damage = { { "date", 3, "2026-02-30 10:00:00" } } },
			[F_SITE] = { .name = "app-log", .kind = "interactions", .monthly = true, .late = true, .options = "--as interactions", ROWS(site), .damage = {
				{ "date", 0, "2026-02-30T10:00:00Z" }, { "missing", 1, "" }, { "fields", -1, "x" } } },
			[F_MAILINGS] = { .name = "mailings", .kind = "interactions", .monthly = true, .options = "--as interactions", ROWS(mailings), .damage = {
				{ "date", 0, "yesterday" }, { "missing", 1, "" } } },
			[F_CRM] = { .name = "accounts", .kind = "customers", .options = "--as customers", ROWS(accounts) },
			[F_SURVEY] = { .name = "qualtrics-responses", .kind = "feedback", .letters = LETTERS_BOM, ROWS(qualtrics), .damage = { { "date", 6, "2026-02-30 10:00:00" } } },
			[F_BILLS] = { .name = "invoices", .kind = "invoices", .monthly = true, .options = "--as invoices", ROWS(invoices), .damage = {
				{ "date", 2, "2026-02-30" }, { "number", 5, "1O.00" } } },
			[F_SPEND_A] = { .name = "google-ads", .kind = "spend", .shape = SHAPE_TAB, .letters = LETTERS_UTF16, .crlf = true, DAYS(google_ads) },
			[F_SPEND_B] = { .name = "linkedin-ads", .kind = "spend", .shape = SHAPE_TAB, .letters = LETTERS_UTF16, .crlf = true, DAYS(linkedin_ads) },
		},
	},
	[HOTEL] = {
		.what = "four hotels", .zone = "Europe/Lisbon", .country = "PT", .owner = "desk@example.org",
		.currency_name = { "EUR", "GBP" }, .place = { "Lisbon", "Porto", "Faro", "Funchal" },
		.channel = {
			{ "Google Ads", "Rooms", 0.25, 2400, 0.8, 1.3 }, { "Meta Ads", "Séjours; été", 0.15, 3100, 0.7, 1.5 },
			{ "referral", "friends", 0.15, 0, 1.3, 0.8 }, { "web", "", 0.25, 0, 1.1, 0.9 }, { "phone", "", 0.20, 0, 1.0, 1.0 },
		},
		.family = {
			[F_ORDERS] = { .name = "bookings", .kind = "orders", .monthly = true, .shape = SHAPE_SEMICOLON, .letters = LETTERS_1252, .crlf = true, .options = "--as orders", ROWS(bookings), .damage = {
				{ "date", 1, "31.02.2026 10:00" }, { "number", 3, "12,3O" }, { "fields", -1, "x" } } },
			[F_HELP] = { .name = "osticket-tickets", .kind = "interactions", .monthly = true, .late = true, .shape = SHAPE_SEMICOLON, .letters = LETTERS_BOM, ROWS(osticket), .damage = {
				{ "date", 1, "2026-02-30 10:00:00" }, { "fields", -1, "x" } } },
			[F_CALLS] = { .name = "aircall-calls", .kind = "interactions", .monthly = true, ROWS(aircall), .damage = { { "date", 3, "2026-02-30 10:00:00" } } },
			[F_SITE] = { .name = "site-log", .kind = "interactions", .monthly = true, .late = true, .options = "--as interactions", ROWS(site), .damage = {
				{ "date", 0, "2026-02-30T10:00:00Z" }, { "missing", 1, "" }, { "fields", -1, "x" } } },
			[F_MAILINGS] = { .name = "mailings", .kind = "interactions", .monthly = true, .options = "--as interactions", ROWS(mailings), .damage = {
				{ "date", 0, "yesterday" }, { "missing", 1, "" } } },
			[F_CRM] = { .name = "guests", .kind = "customers", .shape = SHAPE_SEMICOLON, .letters = LETTERS_1252, .options = "--as customers", ROWS(accounts) },
			[F_SURVEY] = { .name = "opinions", .kind = "feedback", .shape = SHAPE_SEMICOLON, .letters = LETTERS_1252, .options = "--as feedback --keep location", ROWS(opinions), .damage = {
				{ "date", 0, "31.02.2026 10:00" }, { "number", 3, "four" } } },
			[F_BILLS] = { .name = "xero-invoices", .kind = "invoices", .monthly = true, .options = "--date-order dmy", ROWS(xero), .damage = {
				{ "date", 4, "31/02/2026" }, { "number", 6, "1O.00" } } },
			[F_SPEND_A] = { .name = "google-ads", .kind = "spend", .shape = SHAPE_TAB, .letters = LETTERS_UTF16, .crlf = true, DAYS(google_ads) },
			[F_SPEND_B] = { .name = "meta-ads", .kind = "spend", .shape = SHAPE_SEMICOLON, .letters = LETTERS_BOM, .crlf = true, DAYS(meta_ads) },
		},
	},
};
