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


if __name__ == "__main__":
    unittest.main()
