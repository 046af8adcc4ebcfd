"""The check of the image that is built from an application, which an outside scanner has to do."""

from __future__ import annotations

from validator.results import CheckContext, CheckResult, Level, Outcome, Rule

NOT_CONFIGURED = (
    "No image was built or looked at: this needs a build and a scanner outside of the portal, and none is configured."
)


class ImageCheck:
    """Have the built image looked through by an outside scanner.

    What: Known weaknesses of the base image and of what is installed in it, as the configured scanner named `image`
    finds them. The portal itself builds and runs nothing of a repository. Without such a scanner the check did not run,
    and its report says so.

    Why: What is deployed is an image; packages of its operating system are in no lock file.

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
        """Say that there is no scanner; a configured one takes this check's place."""
        return CheckResult(self.id, self.level, Outcome.DID_NOT_RUN, detail=NOT_CONFIGURED)


check = ImageCheck()
