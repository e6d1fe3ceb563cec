"""The report as JUnit XML, which every CI system shows: a test suite per stack, a failure per open finding."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from cdk_ml.assembly import Template
from cdk_ml.checks.outcome import Report


def render(report: Report) -> str:
    """``testsuites`` with one ``testsuite`` per stack; acknowledged findings are skipped tests, infos only output."""
    root = ET.Element("testsuites", name="cdk-ml")
    for template in report.assembly.templates:
        _suite(root, template, report)
    if report.stale:
        suite = ET.SubElement(root, "testsuite", name="acknowledgements")
        for stale in report.stale:
            case = ET.SubElement(suite, "testcase", classname=stale.path or "App", name=stale.rule)
            ET.SubElement(case, "failure", type="stale", message="this acknowledgement matches no finding")
        _count(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _suite(root: ET.Element, template: Template, report: Report) -> None:
    seconds = f"{report.seconds_of_stack(template.path):.3f}"
    suite = ET.SubElement(root, "testsuite", name=template.path, time=seconds)
    for pack in report.packs:
        found = [f for f in report.findings if (f.stack, f.pack) == (template.path, pack)]
        reported = [f for f in found if f.fails or f.acknowledged is not None]
        for finding in reported:
            place = finding.path or finding.logical_id or finding.stack
            case = ET.SubElement(suite, "testcase", classname=f"{template.path}.{pack}", name=f"{finding.rule} {place}")
            if finding.acknowledged is not None:
                ET.SubElement(case, "skipped", message=finding.acknowledged)
            else:
                failure = ET.SubElement(case, "failure", type=finding.severity.value, message=finding.message)
                failure.text = "\n".join(part for part in (finding.fix, finding.source) if part)
        if not reported:
            case = ET.SubElement(suite, "testcase", classname=f"{template.path}.{pack}", name=pack)
            if infos := [f"{f.rule} {f.path or f.logical_id}: {f.message}" for f in found]:
                ET.SubElement(case, "system-out").text = "\n".join(infos)
    _count(suite)


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
