"""Live: subscriptions, over whichever transport. One hub in each process reads the feed and encodes each event once for
all who have asked for the same; one stream for each subscription replays what is stored, then tells what comes."""
