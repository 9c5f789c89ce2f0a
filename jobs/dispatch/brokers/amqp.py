"""Every task message that a process of ours sends is sealed, a run's and any other, whoever calls
``.delay()``.
"""

from __future__ import annotations

from typing import Any

from celery.app.amqp import AMQP
from celery.utils.saferepr import saferepr
from kombu.serialization import dumps

from jobs import conf
from jobs.dispatch.brokers.choice import choice_of, is_rabbitmq
from jobs.dispatch.brokers.levels import broker_level
from jobs.dispatch.seal import HEADER, seal
from jobs.redaction.redactor import redactor_of


def message_keys() -> tuple[str, ...]:
    """The keys of messages, at least one: the first seals, all of them are accepted."""
    return conf.get().message_keys


class SealingAMQP(AMQP):
    """Celery's own, with a seal put on at the last moment: signals have added their headers by
    then.

    What a message tells of its arguments beside its body hides the secrets in them: events carry it
    to monitors.
    """

    def as_task_v2(
        self,
        task_id: str,
        name: str,
        args: Any = None,
        kwargs: Any = None,
        *more: Any,
        **options: Any,
    ) -> Any:
        make: Any = super().as_task_v2  # its stubs name the arguments that are passed on here
        redactor = redactor_of([args, kwargs])
        if options.get("argsrepr") is None:
            options["argsrepr"] = self._shown(
                tuple(redactor.json(args or ())), self.argsrepr_maxsize
            )
        if options.get("kwargsrepr") is None:
            options["kwargsrepr"] = self._shown(
                redactor.json(kwargs or {}), self.kwargsrepr_maxsize
            )
        options |= {told: redactor.text(options[told]) for told in ("argsrepr", "kwargsrepr")}
        return make(task_id, name, args, kwargs, *more, **options)

    def _shown(self, arguments: Any, most: int) -> str:
        """As Celery shows them."""
        return str(saferepr(arguments, most, maxlevels=self.app.conf.task_repr_maxlevels))

    def _create_task_sender(self) -> Any:
        send: Any = super()._create_task_sender()  # type: ignore[misc]  # its stubs know nothing of it

        def send_task_message(
            producer: Any, name: str, message: Any, *arguments: Any, **options: Any
        ) -> Any:
            if options.get("priority") is None and is_rabbitmq(choice_of(self.app).urls[0]):
                options["priority"] = broker_level(0)  # RabbitMQ would take it for its lowest
            return send(_Sealing(producer, message.headers), name, message, *arguments, **options)

        return send_task_message


class _Sealing:
    """A producer for one message, told by its headers: the event that it was sent goes through here
    as well.
    """

    def __init__(self, producer: Any, headers: dict[str, Any]) -> None:
        self._producer, self._headers = producer, headers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)

    def publish(self, body: Any, *, serializer: str | None = None, **options: Any) -> Any:
        if options.get("headers") is not self._headers:
            return self._producer.publish(body, serializer=serializer, **options)
        text: Any  # bytes from some serializers, whatever the stubs say
        content_type, encoding, text = dumps(body, serializer=serializer)
        raw = text.encode(encoding) if isinstance(text, str) else text
        self._headers[HEADER] = seal(
            message_keys()[0], self._headers, raw, (content_type, encoding)
        )
        return self._producer.publish(
            raw, content_type=content_type, content_encoding=encoding, **options
        )
