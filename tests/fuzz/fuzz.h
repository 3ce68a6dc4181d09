/* What several fuzz targets lean on: a demand that ends the process, a scratch file, a
 * small store with all eight kinds in it. */
#ifndef WEND_TESTS_FUZZ_H
#define WEND_TESTS_FUZZ_H

#include <stdlib.h>
#include <sys/stat.h>
#include "wend/ingest.h"
#include "wend/mem.h"
#include "wend/par.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void demand(bool holds)
{
	if (!holds)
		abort();
}

/* Path of a scratch file of this name that holds these bytes; lives as long as the process. */
static inline const char *fuzz_file(struct str *path, const char *name, const void *data, size_t size)
{
	static struct str dir;
	struct err err = ERR_INIT;

	if (!dir.n) {
		demand(!scratch_dir(&dir, &err));
		str_printf(path, "%s/wend", dir.p);
		demand(!mkdir(path->p, 0700));
		setenv("XDG_CONFIG_HOME", dir.p, 1);
		setenv("WEND_PRESETS", "share/wend/presets", 0);
		setenv("WEND_NOW", "2026-11-20T12:00:00Z", 1);
	}
	str_reset(path);
	str_printf(path, "%s/%s", dir.p, name);
	FILE *f = fopen(path->p, "wb");
	demand(f != NULL);
	demand(fwrite(size ? data : "", 1, size, f) == size);
	demand(fclose(f) == 0);
	return path->p;
}

/* Eight small exports, some of them a second time with rows changed, new and gone. */
static inline void fuzz_fill(struct store *s)
{
	static const struct {
		const char *as, *text;
	} files[] = {
		{ "customers", "customer,name,email,phone,signed_up,country,segment,cancelled\nc1,Ada,ada@example.com,+49301,2026-01-02,DE,gold,\nc2,Bo,bo@example.com,,2026-01-05,PT,,2026-05-01\nc3,Cy,,+49302,2026-02-01,DE,gold,\nc4,Di,di@example.com,,2026-02-03,US,,\n" },
		{ "orders", "order,customer,time,amount,currency,product,quantity,channel,status,updated\n1,c1,2026-01-03T10:00:00Z,10.00,EUR,tea,1,web,paid,2026-02-01\n1,c1,2026-01-03T10:00:00Z,5.00,EUR,pot,2,web,paid,2026-02-01\n2,c2,2026-01-09T10:00:00Z,7.50,EUR,tea,1,shop,paid,\n3,c1,2026-02-11T10:00:00Z,20.00,EUR,pot,1,web,paid,\n4,,2026-02-12T10:00:00Z,3.00,EUR,tea,1,shop,paid,\n5,c3,2026-03-01T10:00:00Z,8.00,EUR,tea,3,web,paid,\n" },
		{ "orders", "order,customer,time,amount,currency,product,quantity,channel,status,updated\n2,c2,2026-01-09T10:00:00Z,7.50,EUR,tea,1,shop,paid,\n3,c2,2026-02-11T10:00:00Z,19.00,EUR,pot,1,web,refunded,2026-04-01\n6,c4,2026-04-01T10:00:00Z,2.00,EUR,tea,1,web,paid,\n" },
		{ "interactions", "time,touchpoint,customer,visitor,channel,case,agent,team,location,topic,outcome,duration_s,wait_s,resolved\n2026-01-02T09:00:00Z,ad:click,,v1,web,,,,,,,,,\n2026-01-03T09:00:00Z,visit,c1,v1,web,,,,,,,60,,\n2026-01-20T09:00:00Z,support:call,c1,,phone,K1,Eve,north,Lisbon,delivery,solved,300,20,2026-01-21T10:00:00Z\n2026-02-20T09:00:00Z,support:call,c2,,phone,K2,Eve,north,Lisbon,invoice,open,200,90,\n2026-02-21T09:00:00Z,visit,c3,v2,web,,,,,,,10,,\n" },
		{ "feedback", "time,customer,touchpoint,case,score,scale,mood,text,employee\n2026-01-22,c1,support:call,K1,9,nps,praise,\"thanks, all well\",\n2026-02-22,c2,support:call,K2,1,nps,complaint,late,\n2026-03-01,,,,4,csat,,,Eve\n" },
		{ "payments", "payment,time,amount,currency,customer,order,invoice,status,fee\np1,2026-01-03,15.00,EUR,c1,1,,paid,0.40\np2,2026-01-09,7.50,EUR,c2,2,,failed,\np3,2026-01-10,7.50,EUR,c2,2,,paid,0.30\np4,2026-03-05,99.00,EUR,c4,,i2,disputed,\n" },
		{ "spend", "date,channel,amount,currency,campaign,impressions,clicks,hours\n2026-01-01,web,50.00,EUR,spring,1000,40,\n2026-02-01,web,60.00,EUR,spring,1200,44,2.5\n2026-02-01,shop,10.00,EUR,,,,8\n" },
		{ "invoices", "invoice,customer,issued,due,paid,amount,currency,status\ni1,c1,2026-01-03,2026-02-03,2026-01-30,15.00,EUR,paid\ni2,c4,2026-03-01,2026-03-31,,99.00,EUR,open\n" },
		{ "subscriptions", "subscription,customer,start,end,plan,mrr,currency,trial_end,status,cancelled,cancel_reason\ns1,c1,2026-01-01,,basic,9.00,EUR,,active,,\ns2,c2,2026-01-01,2026-05-01,pro,19.00,EUR,2026-01-15,ended,2026-04-20,price\ns3,c3,2026-03-01,,basic,9.00,EUR,2026-03-15,trial,,\n" },
		{ "subscriptions", "subscription,customer,start,end,plan,mrr,currency,trial_end,status,cancelled,cancel_reason\ns1,c1,2026-01-01,2026-06-01,pro,19.00,EUR,,ended,2026-05-20,\ns3,c3,2026-03-01,,basic,9.00,EUR,2026-03-15,active,,\n" },
	};
	static struct str path;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct ingest_options o = { .as = files[i].as, .tz = "UTC" };
		struct ingest_result res;
		struct err err = ERR_INIT;

		if (ingest_file(s, fuzz_file(&path, "fill.csv", files[i].text, strlen(files[i].text)), &o, &res, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			abort();
		}
		ingest_result_release(&res);
	}
}

#endif
