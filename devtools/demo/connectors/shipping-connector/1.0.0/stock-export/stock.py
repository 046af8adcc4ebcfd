"""From products to the warehouse's report."""

from dateutil import parser


def report(products):
    """Return one line for each product that has a stock number, the latest change of each only."""
    latest = {}
    for product in products:
        sku, changed = product.get("sku"), parser.isoparse(product["changedAt"])
        if sku and (sku not in latest or latest[sku][0] < changed):
            latest[sku] = (changed, product.get("quantity", 0))
    return [{"sku": sku, "quantity": quantity} for sku, (_, quantity) in sorted(latest.items())]
