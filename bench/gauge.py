"""What counting a request costs: `METRICS_DIR=/tmp/figures python -m bench.gauge`, in microseconds of CPU."""

import os
import time
from types import SimpleNamespace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")


def main() -> None:
    """Time the middleware around a view that does nothing, and the bare call."""
    import django

    django.setup()
    from degreetrack.web.gauges import count_requests

    answer = SimpleNamespace(status_code=200)
    request = SimpleNamespace(resolver_match=SimpleNamespace(view_name="public:status"), method="GET")

    def view(request: object) -> object:
        return answer

    for what, call in (("bare", view), ("counted", count_requests(view))):  # type: ignore[arg-type]
        rounds = []
        for _ in range(7):
            began = time.process_time()
            for _ in range(100_000):
                call(request)  # type: ignore[arg-type]
            rounds.append((time.process_time() - began) * 10)
        print(f"{what}: {sorted(rounds)[3]:.2f} us")


if __name__ == "__main__":
    main()
