"""The pages of Projects: members, invitations, clients, deploy keys, webhooks; and who may do what."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.asserts import assertInHTML

from accounts.mail import invitation_mail, outbox
from accounts.models import ApiClient, DeployKey, Event, Invitation, InvitedAddress, Membership, Project, User, Webhook
from accounts.projects import memberships
from accounts.webhooks import subscriptions
from tests import factory

pytestmark = pytest.mark.django_db


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def member(role: str) -> User:
    user = factory.user(f"{role}@example.com", name=role.title())
    Membership.objects.get_or_create(project=factory.project(), user=user, defaults={"role": role})
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def owner() -> Client:
    return entered(member("owner"))


PAGES = ("project", "project_clients", "project_keys", "project_webhooks")


@pytest.mark.security
@pytest.mark.parametrize("page", PAGES)
def test_a_project_of_others_is_not_found(page: str) -> None:
    factory.project()

    assert entered(factory.stranger()).get(reverse(page, args=["acme"])).status_code == 404


@pytest.mark.parametrize("page", ["projects", "project_new", "profile"])
def test_a_visitor_is_sent_to_the_door(client: Client, page: str) -> None:
    assert client.get(reverse(page)).status_code == 302


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("owner", {"project", "project_clients", "project_keys", "project_webhooks"}),
        ("developer", {"project", "project_clients", "project_keys", "project_webhooks"}),
        ("viewer", {"project"}),
    ],
)
def test_each_role_opens_its_pages(role: str, allowed: set[str]) -> None:
    client = entered(member(role))

    opened = {page for page in PAGES if client.get(reverse(page, args=["acme"])).status_code == 200}

    assert opened == allowed


@pytest.mark.parametrize("role", ["developer", "viewer"])
@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("project_rename", {"name": "Mine"}),
        ("project_invite", {"email": "a@example.com", "role": "owner"}),
        ("project_hand_over", {"member": "1"}),
        ("client_create", {"scope": "manage_project"}),
        ("key_create", {}),
    ],
)
def test_only_an_owner_manages(role: str, page: str, data: dict[str, str]) -> None:
    client = entered(member(role))

    answer = client.post(reverse(page, args=["acme"]), data)

    assert answer.status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize(("role", "adds"), [("owner", True), ("developer", True), ("viewer", False)])
def test_a_project_leads_to_its_next_connector(role: str, adds: bool) -> None:
    page = entered(member(role)).get(reverse("project", args=["acme"])).content.decode()

    assert (f'href="{reverse("draft_new")}?project=acme"' in page) is adds


def test_a_project_is_renamed_though_its_region_is_no_longer_offered(settings: Any) -> None:
    client = entered(member("owner"))
    settings.REGIONS = ["us-east-2.aws"]

    answer = client.post(reverse("project_rename", args=["acme"]), {"name": "Acme Inc."})

    assert answer.status_code == 302
    assert Project.objects.get(key="acme").name == "Acme Inc."


def test_somebody_makes_a_project_and_owns_it() -> None:
    user = factory.user("new@example.com")

    answer = entered(user).post(
        reverse("project_new"), {"name": "New shop", "key": "new-shop", "region": factory.REGION}
    )

    project = Project.objects.get(key="new-shop")
    assert answer["Location"] == reverse("project", args=["new-shop"])
    assert Membership.objects.get(project=project, user=user).role == "owner"


@pytest.mark.parametrize("key", ["acme", "a", "no spaces", "x" * 37])
def test_a_key_that_is_taken_or_wrong_is_said_beside_it(owner: Client, key: str) -> None:
    answer = owner.post(reverse("project_new"), {"name": "Name", "key": key, "region": factory.REGION})

    assert answer.status_code == 422
    assert "key" in answer.context["form"].errors
    assert 'value="Name"' in answer.content.decode()


def test_an_invitation_goes_by_mail_and_its_link_leads_in(
    owner: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(reverse("project_invite", args=["acme"]), {"email": "new@example.com", "role": "viewer"})
    queued = DBTaskResult.objects.get(task_path=invitation_mail.deliver.module_path)
    assert memberships.find(queued.args_kwargs["args"][1]) is None
    invitation_mail.deliver.call(*queued.args_kwargs["args"])
    link = re.search(r"/invitations/\S+", str(mail.outbox[0].body))
    user = factory.user("new@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    invited = entered(user)

    page = invited.get(link.group() if link else "")
    accept = re.search(r'action="(/invitations/\d+/accept)"', page.content.decode())
    answer = invited.post(accept.group(1) if accept else "")

    assert mail.outbox[0].to == ["new@example.com"]
    assert answer["Location"] == reverse("project", args=["acme"])
    assert Membership.objects.get(user=user).role == "viewer"


@pytest.mark.security
def test_an_invitation_holds_no_words_of_those_who_send_it() -> None:
    project = factory.project()
    project.name, inviter = "Win at https://evil.example", factory.owner()
    inviter.name = "Your bank: https://evil.example"
    project.save()
    inviter.save()
    EmailAddress.objects.create(user=inviter, email=inviter.email, verified=True, primary=True)
    invited = memberships.invite(
        project, email="new@example.com", role="viewer", by=factory.developer(), invited_by=inviter
    )

    invitation_mail.deliver.call(
        invited.invitation.pk, invitation_mail.sealing.seal(invited.token, purpose=invitation_mail.PURPOSE)
    )

    (message,) = mail.outbox
    assert message.subject == "Invitation to a Project in the Connector Certification Portal"
    html = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    for text in (message.subject, str(message.body), html):
        assert "evil" not in text
    for text in (str(message.body), html):
        assert inviter.email in text
        assert project.key in text


@pytest.mark.security
def test_a_second_mail_of_a_day_is_not_sent_and_the_page_says_so(
    owner: Client, django_capture_on_commit_callbacks: Any
) -> None:
    place, typed = reverse("project_invite", args=["acme"]), {"email": "new@example.com", "role": "viewer"}

    with django_capture_on_commit_callbacks(execute=True):
        first, second = (owner.post(place, typed, follow=True).content.decode() for _ in range(2))

    assert "Invitation sent to new@example.com." in first
    assert "new@example.com is invited, but gets no mail" in second
    assert DBTaskResult.objects.filter(task_path=invitation_mail.deliver.module_path).count() == 1


@pytest.mark.security
@pytest.mark.parametrize("how", ["page", "one click"])
def test_its_receiver_refuses_all_later_mails_and_the_inviter_learns_nothing(
    owner: Client, how: str, django_capture_on_commit_callbacks: Any
) -> None:
    place, typed = reverse("project_invite", args=["acme"]), {"email": "new@example.com", "role": "viewer"}
    with django_capture_on_commit_callbacks(execute=True):
        owner.post(place, typed)
    work_off_invitations()
    headers = mail.outbox[0].extra_headers
    link = re.sub("[<>]", "", headers["List-Unsubscribe"])
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in str(mail.outbox[0].body)
    stranger, path = Client(enforce_csrf_checks=how == "one click"), urlsplit(link).path

    assert stranger.get(path).status_code == 200
    assert not InvitedAddress.objects.exclude(refused_at=None).exists()
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert stranger.post(path + "x").status_code == 404

    mail.outbox.clear()
    Invitation.objects.update(mailed_at=timezone.now() - timedelta(days=2))
    with django_capture_on_commit_callbacks(execute=True):
        said = owner.post(place, typed, follow=True).content.decode()
    assert DBTaskResult.objects.filter(task_path=invitation_mail.deliver.module_path).count() == 2
    work_off_invitations()
    assert "Invitation sent to new@example.com." in said
    assert mail.outbox == []
    assert "new@example.com" not in str(InvitedAddress.objects.values())


@pytest.mark.security
def test_mails_are_refused_and_taken_again_on_the_own_page() -> None:
    user = factory.user("new@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client, place = Client(), reverse("invitation_mails")
    client.force_login(user)

    client.post(place, {"mails": "off"})
    refused = client.get(reverse("profile")).content.decode()
    client.post(place, {"mails": "on"})
    taken = client.get(reverse("profile")).content.decode()

    assert "You get no invitations by email." in refused
    assert "You get no invitations by email." not in taken
    assert not InvitedAddress.objects.exclude(refused_at=None).exists()


def work_off_invitations() -> None:
    for row in DBTaskResult.objects.filter(task_path=invitation_mail.deliver.module_path):
        invitation_mail.deliver.call(*row.args_kwargs["args"])


def test_an_invitation_waits_for_a_mail_server_that_is_away(settings: Any) -> None:
    invited = memberships.invite(
        factory.project(), email="new@example.com", role="viewer", by=factory.developer(), invited_by=None
    )
    sealed = invitation_mail.sealing.seal(invited.token, purpose=invitation_mail.PURPOSE)
    settings.EMAIL_BACKEND = "tests.accounts.mail.test_outbox.Away"
    came = invitation_mail.deliver.call(invited.invitation.pk, sealed)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    waits = DBTaskResult.objects.get(task_path=outbox.deliver.module_path)

    outbox.deliver.call(*waits.args_kwargs["args"])

    assert came == outbox.LATER
    assert invited.token not in str(waits.args_kwargs)
    assert mail.outbox[0].to == ["new@example.com"]
    assert invited.token in str(mail.outbox[0].body)


def test_an_invitation_taken_back_is_not_mailed(owner: Client) -> None:
    invited = memberships.invite(
        factory.project(), email="new@example.com", role="viewer", by=factory.developer(), invited_by=None
    )
    memberships.revoke(invited.invitation, by=factory.developer())

    sealed = invitation_mail.sealing.seal(invited.token, purpose=invitation_mail.PURPOSE)
    assert invitation_mail.deliver.call(invited.invitation.pk, sealed) == "withdrawn"
    assert mail.outbox == []


def test_the_link_of_somebody_else_opens_nothing() -> None:
    invited = memberships.invite(
        factory.project(), email="new@example.com", role="viewer", by=factory.developer(), invited_by=None
    )
    stranger = entered(factory.stranger())

    page = stranger.get(reverse("invitation", args=[invited.token]))
    answer = stranger.post(reverse("invitation_accept", args=[invited.invitation.pk]))

    assert "for another address" in page.content.decode()
    assert answer.status_code == 404


def test_somebody_else_signs_in_from_the_link_and_comes_back_to_it() -> None:
    invited = memberships.invite(
        factory.project(), email="new@example.com", role="viewer", by=factory.developer(), invited_by=None
    )
    stranger, link = entered(factory.stranger()), reverse("invitation", args=[invited.token])

    page = stranger.get(link).content.decode()
    left = stranger.post(reverse("account_logout"), {"next": link})

    assert f'name="next" value="{link}"' in page
    assert left["Location"] == link
    assert "Sign in" in stranger.get(link).content.decode()


def test_the_link_of_an_accepted_invitation_leads_its_member_to_the_project_and_nobody_else() -> None:
    invited = memberships.invite(
        factory.project(), email="developer@example.com", role="viewer", by=factory.developer(), invited_by=None
    )
    user, link = factory.user("developer@example.com"), reverse("invitation", args=[invited.token])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    entered(user).post(reverse("invitation_accept", args=[invited.invitation.pk]))

    again = entered(user).get(link)

    assert again["Location"] == reverse("project", args=["acme"])
    assert entered(factory.stranger()).get(link).status_code == 404
    assert Client().get(link).status_code == 404


def test_a_wrong_link_says_that_it_is_over(client: Client) -> None:
    assert client.get(reverse("invitation", args=["nonsense"])).status_code == 404


def test_a_wrong_address_is_said_beside_the_field(owner: Client) -> None:
    answer = owner.post(reverse("project_invite", args=["acme"]), {"email": "nobody", "role": "viewer"})

    assert answer.status_code == 422
    assert "email" in answer.context["invitation_form"].errors


def test_roles_change_and_members_go(owner: Client) -> None:
    other = Membership.objects.get(user=member("developer"))

    owner.post(reverse("member_role", args=["acme", other.pk]), {f"m{other.pk}-role": "viewer"})
    other.refresh_from_db()
    owner.post(reverse("member_remove", args=["acme", other.pk]))

    assert other.role == "viewer"
    assert not Membership.objects.filter(pk=other.pk).exists()


def test_a_member_leaves_but_removes_nobody_else(owner: Client) -> None:
    developer = member("developer")
    own, others = Membership.objects.get(user=developer), Membership.objects.get(user__email="owner@example.com")
    client = entered(developer)

    refused = client.post(reverse("member_remove", args=["acme", others.pk]))
    left = client.post(reverse("member_remove", args=["acme", own.pk]))

    assert refused.status_code == 403
    assert left["Location"] == reverse("projects")
    assert not Membership.objects.filter(user=developer).exists()


def test_the_only_owner_is_told_why_not(owner: Client) -> None:
    own = Membership.objects.get(user__email="owner@example.com")

    page = owner.get(reverse("project", args=["acme"]))
    left = owner.post(reverse("member_remove", args=["acme", own.pk]), follow=True)
    down = owner.post(reverse("member_role", args=["acme", own.pk]), {f"m{own.pk}-role": "viewer"})

    said = "You are the only owner of Acme. Make somebody else an owner first."
    assert [said in answer.content.decode() for answer in (page, left, down)] == [True] * 3
    assert (left.status_code, down.status_code) == (200, 422)
    assert [str(message) for message in left.context["messages"]] == [said]


@pytest.mark.security
def test_a_member_of_another_project_is_out_of_reach(owner: Client) -> None:
    factory.stranger()
    foreign = Membership.objects.get(user__email="stranger@example.com")

    assert owner.post(reverse("member_remove", args=["acme", foreign.pk])).status_code == 404
    assert owner.post(reverse("member_role", args=["acme", foreign.pk]), {}).status_code == 404


def test_a_project_is_handed_over(owner: Client) -> None:
    other = Membership.objects.get(user=member("developer"))

    owner.post(reverse("project_hand_over", args=["acme"]), {"member": str(other.pk)})

    other.refresh_from_db()
    assert other.role == "owner"
    assert Membership.objects.get(user__email="owner@example.com").role == "developer"


def test_an_owner_chooses_whom_to_hand_over_to(owner: Client) -> None:
    other = Membership.objects.get(user=member("developer"))

    page = owner.get(reverse("project", args=["acme"])).content.decode()

    assertInHTML(f'<option value="{other.pk}">Developer (developer@example.com)</option>', page)
    assertInHTML('<option value="" selected></option>', page, count=0)


@pytest.mark.parametrize("chosen", ["", "0", "x", "9" * 30])
def test_a_hand_over_to_nobody_is_refused_beside_the_field(owner: Client, chosen: str) -> None:
    member("developer")

    answer = owner.post(reverse("project_hand_over", args=["acme"]), {"member": chosen})

    assert answer.status_code == 422
    assert list(answer.context["hand_over_form"].errors) == ["member"]
    assert '<details class="cc-confirm" open>' in answer.content.decode()
    assert Membership.objects.get(user__email="owner@example.com").role == "owner"


def test_a_role_that_cannot_be_is_refused_beside_it_and_stays_selected(owner: Client) -> None:
    other = Membership.objects.get(user=member("developer"))

    answer = owner.post(reverse("member_role", args=["acme", other.pk]), {f"m{other.pk}-role": "king"})

    forms = {row: form for row, form, _ in answer.context["members"]}
    assert answer.status_code == 422
    assert {row.pk for row, form in forms.items() if form.errors} == {other.pk}
    assert forms[other]["role"].value() == "king"
    assert f'id="id_m{other.pk}-role_error"' in answer.content.decode()
    other.refresh_from_db()
    assert other.role == "developer"


def test_a_clients_secret_is_shown_once_and_is_not_cached(owner: Client) -> None:
    where = reverse("project_clients", args=["acme"])

    made = owner.post(reverse("client_create", args=["acme"]), {"name": "pipeline", "scope": "manage_connectors"})
    owner.head(where)
    answer = owner.get(where)

    assert (made.status_code, made["Location"]) == (302, where)
    secret = answer.context["made"]["client_secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in owner.get(where).content.decode()
    assert answer.context["made"]["scopes"] == ["manage_connectors:acme"]


@pytest.mark.parametrize("verb", ["client_create", "client_rotate", "webhook_create", "webhook_act"])
def test_loading_the_page_of_a_secret_again_makes_nothing_again(owner: Client, verb: str) -> None:
    owner.post(reverse("client_create", args=["acme"]), {"scope": "view_connectors"})
    owner.post(reverse("webhook_create", args=["acme"]), {"url": "https://example.com/hooks"})
    client, hook = ApiClient.objects.get(), Webhook.objects.get()
    args = {"client_rotate": [client.pk], "webhook_act": [hook.pk, "rotate"]}.get(verb, [])

    shown = owner.post(
        reverse(verb, args=["acme", *args]), {"scope": "view_connectors", "url": "https://example.com/b"}, follow=True
    )
    state = (ApiClient.objects.count(), Webhook.objects.count(), client.client.secret, Event.objects.count())
    again = owner.get(shown.redirect_chain[-1][0])

    assert len(shown.redirect_chain) == 1
    assert "Copy the secret now" in shown.content.decode()
    assert "Copy the secret now" not in again.content.decode()
    client.client.refresh_from_db()
    assert state == (ApiClient.objects.count(), Webhook.objects.count(), client.client.secret, Event.objects.count())


def test_a_client_gets_a_new_secret_and_is_revoked(owner: Client) -> None:
    owner.post(reverse("client_create", args=["acme"]), {"scope": "view_connectors"})
    row = ApiClient.objects.get()
    before = row.client.secret

    owner.post(reverse("client_rotate", args=["acme", row.pk]))
    row.client.refresh_from_db()
    owner.post(reverse("client_disable", args=["acme", row.pk]))

    row.refresh_from_db()
    assert row.client.secret != before
    assert row.disabled_at is not None
    assert owner.post(reverse("client_rotate", args=["acme", row.pk])).status_code == 404


@pytest.mark.security
def test_a_client_of_another_project_is_out_of_reach(owner: Client) -> None:
    made = factory.api_client(factory.project("other"))

    assert owner.post(reverse("client_disable", args=["acme", made.api_client.pk])).status_code == 404


def test_a_deploy_key_shows_its_public_half_only(owner: Client) -> None:
    owner.post(reverse("key_create", args=["acme"]), {"repository": "acme/payments"})
    key = DeployKey.objects.get()

    page = owner.get(reverse("project_keys", args=["acme"])).content.decode()

    assert key.public_key in page
    assert "PRIVATE" not in page
    assert key.private_sealed not in page


def test_a_second_key_for_a_repository_says_why_not(owner: Client) -> None:
    owner.post(reverse("key_create", args=["acme"]), {"repository": "acme/payments"})

    answer = owner.post(reverse("key_create", args=["acme"]), {"repository": "ACME/payments"})

    assert answer.status_code == 422
    assert "repository" in answer.context["form"].errors


def test_a_webhooks_secret_is_shown_once(owner: Client) -> None:
    answer = owner.post(reverse("webhook_create", args=["acme"]), {"url": "https://example.com/hooks"}, follow=True)
    row = Webhook.objects.get()
    secret = subscriptions.secret_of(row)

    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in owner.get(reverse("project_webhook", args=["acme", row.pk])).content.decode()


def test_a_private_address_is_refused_beside_the_field(owner: Client) -> None:
    answer = owner.post(reverse("webhook_create", args=["acme"]), {"url": "https://127.0.0.1/"})

    assert answer.status_code == 422
    assert "url" in answer.context["form"].errors
    assert not Webhook.objects.exists()


def test_a_webhook_is_tested_disabled_enabled_and_removed(owner: Client) -> None:
    owner.post(reverse("webhook_create", args=["acme"]), {"url": "https://example.com/hooks"})
    row = Webhook.objects.get()

    def act(verb: str) -> int:
        return owner.post(reverse("webhook_act", args=["acme", row.pk, verb])).status_code

    assert act("ping") == 302
    delivery = row.deliveries.get()
    assert delivery.kind == "webhook.ping"
    act("disable")
    row.refresh_from_db()
    assert row.disabled_at is not None
    act("ping")
    again = owner.post(reverse("webhook_replay", args=["acme", row.pk, delivery.pk]), follow=True)
    assert [str(message) for message in again.context["messages"]][-1] == again.context["sending"].why_not
    assert again.context["sending"].why_not == "This webhook is disabled. Enable it to send messages."
    assert row.deliveries.count() == 1
    act("enable")
    row.refresh_from_db()
    assert row.disabled_at is None
    assert act("nonsense") == 404
    act("remove")
    assert not Webhook.objects.exists()


def test_a_message_is_sent_again_by_its_own_project_only(owner: Client) -> None:
    owner.post(reverse("webhook_create", args=["acme"]), {"url": "https://example.com/hooks"})
    row = Webhook.objects.get()
    owner.post(reverse("webhook_act", args=["acme", row.pk, "ping"]))
    delivery = row.deliveries.get()
    factory.stranger()
    stranger = entered(User.objects.get(email="stranger@example.com"))

    foreign = stranger.post(reverse("webhook_replay", args=["other", row.pk, delivery.pk]))
    own = owner.post(reverse("webhook_replay", args=["acme", row.pk, delivery.pk]))

    assert foreign.status_code == 404
    assert own.status_code == 302
    assert row.deliveries.filter(replay=True).count() == 1


def test_one_changes_ones_own_name(owner: Client) -> None:
    owner.post(reverse("profile"), {"name": "Olive"})

    assert User.objects.get(email="owner@example.com").name == "Olive"


@pytest.mark.parametrize(
    ("typed", "field"), [({"key": "a b"}, "key"), ({"key": "x" * 37}, "key"), ({"name": "x" * 257}, "name")]
)
def test_a_project_that_cannot_be_is_told_beside_the_field_without_its_name_again(
    owner: Client, typed: dict[str, str], field: str
) -> None:
    sent = {"key": "shop", "name": "Shop", "region": factory.REGION, **typed}

    answer = owner.post(reverse("project_new"), sent)

    errors = answer.context["form"].errors
    assert answer.status_code == 422
    assert list(errors) == [field]
    assert not errors[field][0].startswith(f"{field}:")
