"""A company that signs up, as its owner fills in the page."""

from tests.builders import PASSWORD

TYPED = {
    "name": "ООО «Василёк»",
    "legal_form": "ooo",
    "inn": "7707083893",
    "ogrn": "1027700132195",
    "address": "109012, г. Москва, ул. Никольская, д. 5",
    "request_email": "pdn@vasilek.example.org",
    "request_phone": "8 (495) 123-45-67",
    "responsible_person": "Васильков Пётр Сергеевич",
    "owner_name": "Пётр Васильков",
    "owner_position": "Директор",
    "owner_email": "petr@vasilek.example.org",
    "new_password": PASSWORD,
}
