"""From products to the warehouse's report."""

from dateutil import parser


def report(products, safety_stock=0):
    """Return one line for each product that has a stock number, the latest change of each only.

    `safety_stock` pieces of each are kept back; a quantity is never less than zero.
    """
    latest = {}
    for product in products:
        sku, changed = product.get("sku"), parser.isoparse(product["changedAt"])
        if sku and (sku not in latest or latest[sku][0] < changed):
            latest[sku] = (changed, max(0, product.get("quantity", 0) - safety_stock))
    return [{"sku": sku, "quantity": quantity} for sku, (_, quantity) in sorted(latest.items())]
