"""The check of the image built from an application, which needs an external scanner."""

from __future__ import annotations

from validator.results import CheckContext, CheckResult, Level, Outcome, Rule

NOT_CONFIGURED = (
    "No image was built or scanned: this needs a build and a scanner outside the portal, and none is configured."
)


class ImageCheck:
    """Have an external scanner check the built image.

    What: Known vulnerabilities of the base image and of the packages installed in it, as the configured scanner named
    `image` finds them. The portal itself builds and runs nothing from a repository. Without such a scanner the check
    did not run, and its report says so.

    Why: An image is what gets deployed, and the packages of its operating system are not in any lock file.

    Fix: Use a base image that is still maintained, and follow the advice in each finding.

    Level: Advisory, or as the scanner's configuration says.
    """

    id = "image"
    title = "Image security analysis"
    level = Level.ADVISORY
    certification_only = False
    seconds = 10.0
    rules: tuple[Rule, ...] = ()

    def run(self, context: CheckContext) -> CheckResult:
        """Raise DidNotRun: without a scanner nothing is checked; a configured one replaces this check."""
        return CheckResult(self.id, self.level, Outcome.DID_NOT_RUN, detail=NOT_CONFIGURED)


check = ImageCheck()
