"""Metadata that hatchling takes from the facts in pyproject.toml: authors, addresses and the README."""

import sys
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

sys.path.append(str(Path(__file__).parent))
from project_facts import author_names, project_urls, read_facts, with_absolute_links


class ProjectMetadata(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        root = Path(self.root)
        facts = read_facts(root)
        readme = (root / "README.md").read_text(encoding="utf-8")
        metadata["authors"] = [{"name": name} for name in author_names(facts)]
        metadata["urls"] = project_urls(facts)
        metadata["readme"] = {"content-type": "text/markdown", "text": with_absolute_links(readme, facts)}
