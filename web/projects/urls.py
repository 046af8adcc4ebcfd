"""The paths of Projects and invitations."""

from django.urls import path

from web.projects import clients, deploy_keys, invitation, invitation_mails, projects, webhooks

urlpatterns = [
    path("profile/invitation-mails", invitation_mails.choose, name="invitation_mails"),
    path("invitation-mails/<str:token>", invitation_mails.refuse, name="invitation_mails_refuse"),
    path("invitations/<str:token>", invitation.invitation, name="invitation"),
    path("invitations/<int:invitation_id>/accept", invitation.accept, name="invitation_accept"),
    path("projects", projects.index, name="projects"),
    # A Project's key may be "new", so the form has a path of its own.
    path("new-project", projects.new, name="project_new"),
    path("projects/<str:key>", projects.project, name="project"),
    path("projects/<str:key>/rename", projects.rename, name="project_rename"),
    path("projects/<str:key>/hand-over", projects.hand_over, name="project_hand_over"),
    path("projects/<str:key>/invitations", projects.invite, name="project_invite"),
    path("projects/<str:key>/invitations/<int:invitation_id>/revoke", projects.uninvite, name="project_uninvite"),
    path("projects/<str:key>/members/<int:member_id>/role", projects.change_role, name="member_role"),
    path("projects/<str:key>/members/<int:member_id>/remove", projects.remove, name="member_remove"),
    path("projects/<str:key>/clients", clients.index, name="project_clients"),
    path("projects/<str:key>/clients/new", clients.create, name="client_create"),
    path("projects/<str:key>/clients/<int:client_id>/rotate", clients.rotate, name="client_rotate"),
    path("projects/<str:key>/clients/<int:client_id>/revoke", clients.disable, name="client_disable"),
    path("projects/<str:key>/keys", deploy_keys.index, name="project_keys"),
    path("projects/<str:key>/keys/new", deploy_keys.create, name="key_create"),
    path("projects/<str:key>/keys/<int:key_id>/remove", deploy_keys.remove, name="key_remove"),
    path("projects/<str:key>/webhooks", webhooks.index, name="project_webhooks"),
    path("projects/<str:key>/webhooks/new", webhooks.create, name="webhook_create"),
    path("projects/<str:key>/webhooks/<uuid:webhook_id>", webhooks.webhook, name="project_webhook"),
    path("projects/<str:key>/webhooks/<uuid:webhook_id>/<str:verb>", webhooks.act, name="webhook_act"),
    path(
        "projects/<str:key>/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay",
        webhooks.replay,
        name="webhook_replay",
    ),
]
