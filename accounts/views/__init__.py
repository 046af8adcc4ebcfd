"""The pages of Projects, invitations and one's own profile."""
