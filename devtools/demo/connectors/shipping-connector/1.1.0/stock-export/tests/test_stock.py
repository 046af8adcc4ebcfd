import unittest

from stock import report


class Report(unittest.TestCase):
    def test_the_latest_change_counts(self):
        products = [
            {"sku": "A", "quantity": 3, "changedAt": "2026-03-01T10:00:00Z"},
            {"sku": "A", "quantity": 5, "changedAt": "2026-03-01T12:00:00Z"},
        ]

        self.assertEqual(report(products), [{"sku": "A", "quantity": 5}])

    def test_a_product_without_a_number_is_left_out(self):
        self.assertEqual(report([{"quantity": 3, "changedAt": "2026-03-01T10:00:00Z"}]), [])

    def test_the_safety_stock_is_kept_back(self):
        products = [{"sku": "A", "quantity": 3, "changedAt": "2026-03-01T10:00:00Z"}]

        self.assertEqual(report(products, 2), [{"sku": "A", "quantity": 1}])
        self.assertEqual(report(products, 9), [{"sku": "A", "quantity": 0}])


if __name__ == "__main__":
    unittest.main()
