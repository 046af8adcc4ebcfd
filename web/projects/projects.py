"""The list of Projects, the form for a new one, and a Project's page with its members."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import actors
from accounts.limits.counting import Exceeded
from accounts.mail import invitation_mail
from accounts.models import Membership
from accounts.projects import memberships, projects
from accounts.projects.member_abilities import MembershipError
from accounts.projects.projects import InvalidProject
from accounts.roles import ProjectRole
from accounts.sessions import proofs
from web.projects import access
from web.projects.access import Place
from web.projects.forms import HandOverForm, InvitationForm, ProjectForm, RenameForm, RoleForm
from web.requests import SignedInRequest, require_POST

INVALID = 422

NOT_MAILED = (
    "{} is invited, but gets no mail: this address has had its mails of invitations for today. "
    "The invitation shows when they sign in."
)


@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Show your Projects and pending invitations."""
    rows = Membership.objects.filter(user=request.user).select_related("project")
    rows = rows.annotate(people=Count("project__memberships")).order_by("project__name", "project__key")
    context = {"memberships": rows, "invitations": memberships.offered_to(request.user)}
    return render(request, "projects/projects.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Create a Project; its creator becomes the owner."""
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        by = actors.person(request.user, public_name=data["key"])
        try:
            project = projects.create(data["key"], region=data["region"], name=data["name"], by=by, owner=request.user)
        except InvalidProject as error:
            for field, problem in error.problems.items():
                form.add_error(field, problem)
        except Exceeded as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Project {project} created. Add its first connector.")
            return redirect("project", project.key)
    return render(request, "projects/project_new.html", {"form": form}, status=INVALID if form.errors else 200)


@login_required
@require_safe
def project(request: SignedInRequest, key: str) -> HttpResponse:
    """Show a Project and its members."""
    return _page(request, access.find(request.user, key))


def _page(
    request: SignedInRequest,
    place: Place,
    *,
    invitation_form: InvitationForm | None = None,
    rename_form: RenameForm | None = None,
    role_form: RoleForm | None = None,
    hand_over_form: HandOverForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page. A form that is passed was refused, and stays as it was typed."""
    members = list(place.project.memberships.select_related("user").order_by("user__name", "user__email"))
    for member in members:
        member.project = place.project
    role_forms = [RoleForm(member=member) for member in members]
    if role_form is not None:
        role_forms = [role_form if form.prefix == role_form.prefix else form for form in role_forms]
    owners = {member.pk for member in members if member.role == ProjectRole.OWNER}
    can = [place.with_member(member, owners=owners) for member in members]
    manages, owns = place.may("member:write"), place.membership.role == ProjectRole.OWNER
    context = {
        "members": list(zip(members, role_forms, can, strict=True)),
        "invitations": place.project.invitations.open(now=timezone.now()) if manages else [],
        "invitation_form": invitation_form or InvitationForm(),
        "rename_form": rename_form or RenameForm(initial={"name": place.project.name}),
        "hand_over_form": (hand_over_form or HandOverForm(by=place.membership)) if owns and len(members) > 1 else None,
    }
    return render(request, "projects/project.html", {**place.context(), **context}, status=status)


@login_required
@require_POST
def rename(request: SignedInRequest, key: str) -> HttpResponse:
    """Rename a Project."""
    place = access.find(request.user, key, action="project:write")
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _page(request, place, rename_form=form, status=INVALID)
    projects.rename(place.project, name=form.cleaned_data["name"], by=place.actor)
    messages.success(request, "Project renamed.")
    return redirect("project", key)


@login_required
@require_POST
@proofs.required
def invite(request: SignedInRequest, key: str) -> HttpResponse:
    """Invite somebody by mail."""
    place = access.find(request.user, key, action="member:write")
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            invited = memberships.invite(
                place.project,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                by=place.actor,
                invited_by=request.user,
            )
        except (MembershipError, Exceeded) as error:
            form.add_error("email", str(error))
        else:
            invitation_mail.send(invited)
            said = "Invitation sent to {}." if invited.is_mailed else NOT_MAILED
            messages.success(request, said.format(invited.invitation.email))
            return redirect("project", key)
    return _page(request, place, invitation_form=form, status=INVALID)


@login_required
@require_POST
def uninvite(request: SignedInRequest, key: str, invitation_id: int) -> HttpResponse:
    """Withdraw an invitation."""
    place = access.find(request.user, key, action="member:write")
    row = get_object_or_404(place.project.invitations, pk=invitation_id)
    memberships.revoke(row, by=place.actor)
    messages.success(request, f"Invitation to {row.email} withdrawn.")
    return redirect("project", key)


@login_required
@require_POST
@proofs.required
def change_role(request: SignedInRequest, key: str, member_id: int) -> HttpResponse:
    """Change the role of a member."""
    place = access.find(request.user, key, action="member:write")
    member = get_object_or_404(place.project.memberships, pk=member_id)
    form = RoleForm(request.POST, member=member)
    if form.is_valid():
        try:
            memberships.change_role(member, role=form.cleaned_data["role"], by=place.actor)
        except MembershipError as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, f"Role of {member.user} changed.")
            return redirect("project", key)
    return _page(request, place, role_form=form, status=INVALID)


@login_required
@require_POST
@proofs.required
def remove(request: SignedInRequest, key: str, member_id: int) -> HttpResponse:
    """End a membership; all members may end their own."""
    place = access.find(request.user, key)
    member = get_object_or_404(place.project.memberships, pk=member_id)
    can = place.with_member(member)
    try:
        can.remove().require()
        memberships.remove(member, by=place.actor)
    except MembershipError as error:
        messages.error(request, str(error))
        return redirect("project", key)
    messages.success(request, f"You left {place.project}." if can.is_own else f"{member.user} removed.")
    return redirect("projects") if can.is_own else redirect("project", key)


@login_required
@require_POST
@proofs.required
def hand_over(request: SignedInRequest, key: str) -> HttpResponse:
    """Make another member the owner."""
    place = access.find(request.user, key, action="project:write")
    form = HandOverForm(request.POST, by=place.membership)
    if form.is_valid():
        member = form.cleaned_data["member"]
        try:
            memberships.hand_over(place.membership, to=member, by=place.actor)
        except MembershipError as error:
            form.add_error("member", str(error))
        else:
            messages.success(request, f"{member.user} now owns {place.project}. You are a developer.")
            return redirect("project", key)
    return _page(request, place, hand_over_form=form, status=INVALID)
