import unittest

from links import link


class Links(unittest.TestCase):
    def test_the_number_cannot_leave_its_place(self):
        self.assertEqual(link("1/../2", None), "https://parcel.example/track/1%2F..%2F2")
