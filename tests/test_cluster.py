"""The files of deploy/cluster, and reads where there is no cluster."""

import re

from degreetrack.kit import replicas
from drills.cluster import FILES, ROOT


def test_every_file_of_the_cluster_is_used_by_the_drill_and_told_of_in_its_page():
    drill = (ROOT / "drills" / "cluster.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "deploy-cluster.md").read_text(encoding="utf-8")

    for file in FILES.iterdir():
        assert re.sub("-(web|worker)", "-{what}", file.name) in drill, file.name
        assert f"`{file.name}`" in page, file.name
        for placeholder in re.findall(r"{{(\w+)}}", file.read_text(encoding="utf-8")):
            assert f"`{placeholder}`" in page, placeholder


def test_without_a_replica_nothing_is_asked_twice(db):
    asked = []

    replicas.read(lambda: asked.append(replicas.source()))

    assert asked == ["default"]
