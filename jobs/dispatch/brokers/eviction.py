"""A Redis that throws messages away when its memory is full is no broker: schedulers and workers
refuse to start.
"""

from __future__ import annotations

import logging

from jobs.dispatch.brokers.broker import BROKER_ERRORS, Broker

logger = logging.getLogger(__name__)

ADVICE = "it drops messages without an error when its memory is full. Set it to noeviction."


def end_if_evicting(broker: Broker) -> None:
    """Raise SystemExit, with a sentence in the log, where Redis would evict; warn where it cannot
    be asked.
    """
    try:
        policy = broker.eviction_policy()
    except BROKER_ERRORS as error:
        logger.warning("the broker is away, its eviction policy is not checked: %s", error)
        return
    if policy and policy != "noeviction":
        logger.critical("Redis has maxmemory-policy %s: %s", policy, ADVICE)
        raise SystemExit(1)
    if broker.is_redis and not policy:
        logger.warning("Redis does not tell its maxmemory-policy; make sure that it is noeviction")
