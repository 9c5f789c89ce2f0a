"""``manage.py channel VERB``: where notices go."""

from jobs.management.cli.notice import channel_verbs
from jobs.management.verb_command import VerbCommand


class Command(VerbCommand):
    """One verb a call; a channel is named by its name."""

    help = "List, set, test and remove the channels that notices go to."
    verbs = (
        channel_verbs.ListChannels,
        channel_verbs.GetChannel,
        channel_verbs.SetChannel,
        channel_verbs.UpdateChannel,
        channel_verbs.TryChannelNow,
        channel_verbs.DeleteChannel,
        channel_verbs.NewSigningKey,
    )
