# pandas' side: the customer summary straight from the CSV. Usage: pandas_summary.py CSV OUT
import sys
import pandas as pd

d = pd.read_csv(sys.argv[1], usecols=["customer", "time", "amount"], dtype={"customer": str}, parse_dates=["time"])
d["day"] = d["time"].dt.floor("D")
d["cents"] = (d["amount"] * 100).round().astype("int64")
d = d.groupby(["customer", "day"], sort=True)["cents"].sum().reset_index()
as_of = d["day"].max()
g = d.groupby("customer", sort=True)
s = pd.DataFrame({"first": g["day"].min(), "last": g["day"].max(), "x": g.size() - 1, "total": g["cents"].sum(), "m1": g["cents"].first()})
s["t_x"] = (s["last"] - s["first"]).dt.days
s["T"] = (as_of - s["first"]).dt.days
s["spent_after_first"] = s["total"] - s["m1"]
s[["x", "t_x", "T", "spent_after_first"]].to_csv(sys.argv[2])
