"""Documents in Confluence, SharePoint and Salesforce, and those that an application delivers itself.

https://docs.aws.amazon.com/bedrock/latest/userguide/data-source-connectors.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.patterns import ObjectFilter, crawler_configuration, filter_problems
from cdk_ml.genai.knowledge_bases.source import Located, Source
from cdk_ml.tokens import is_token
from cdk_ml.workspace import Workspace
from cdk_ml.workspace.statements import read_secret

_HTTPS = re.compile(r"https://[A-Za-z0-9]\S*")
_TENANT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_DOMAIN = 50
_MOST_SITES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfluenceSource(Source):
    """Pages of Confluence Cloud.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/confluence-data-source-connector.html

    :param url: such as ``https://example.atlassian.net``.
    :param credentials: a secret with what ``auth`` needs, as the page above says.
    :param auth: an API token (``BASIC``), or OAuth 2.0, for which the role may renew the token in the secret.
    :param filters: which objects are read.
    """

    url: str
    credentials: secretsmanager.ISecret
    auth: Literal["BASIC", "OAUTH2_CLIENT_CREDENTIALS"] = "BASIC"
    filters: Sequence[ObjectFilter] = ()

    def own_problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        yield from _url_problems("source.url", self.url, "https://example.atlassian.net")
        yield from filter_problems(self.filters)

    def locate(self, scope: Construct, workspace: Workspace) -> Located:  # noqa: ARG002 (there is nothing to make)
        """Where the documents are."""
        place = {
            "hostUrl": self.url,
            "hostType": "SAAS",
            "authType": self.auth,
            "credentialsSecretArn": self.credentials.secret_arn,
        }
        renews = self.auth != "BASIC"
        return Located(
            configuration={
                "type": "CONFLUENCE",
                "confluenceConfiguration": {"sourceConfiguration": place, **crawler_configuration(self.filters)},
            },
            statements=read_secret(self.credentials, renews=renews),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePointSource(Source):
    """Documents of SharePoint Online.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/sharepoint-data-source-connector.html

    :param domain: of the organisation in SharePoint, such as ``example``.
    :param site_urls: sites that are read, 1 to 100, such as ``https://example.sharepoint.com/sites/claims``.
    :param tenant_id: of the organisation in Microsoft Entra.
    :param credentials: a secret with what ``auth`` needs, as the page above says.
    :param auth: as an app of SharePoint, which AWS recommends, or with OAuth 2.0.
    :param filters: which objects are read.
    """

    domain: str
    site_urls: Sequence[str]
    tenant_id: str
    credentials: secretsmanager.ISecret
    auth: Literal["OAUTH2_SHAREPOINT_APP_ONLY_CLIENT_CREDENTIALS", "OAUTH2_CLIENT_CREDENTIALS"] = (
        "OAUTH2_SHAREPOINT_APP_ONLY_CLIENT_CREDENTIALS"
    )
    filters: Sequence[ObjectFilter] = ()

    def own_problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        if not is_token(self.domain) and not 1 <= len(self.domain) <= _LONGEST_DOMAIN:
            yield Problem("source.domain", self.domain, "is no domain", f"Use 1 to {_LONGEST_DOMAIN} characters")
        if not 1 <= len(self.site_urls) <= _MOST_SITES:
            rule = f"are {len(self.site_urls)} sites"
            yield Problem("source.site_urls", tuple(self.site_urls[:1]), rule, f"Use 1 to {_MOST_SITES}")
        for url in self.site_urls:
            yield from _url_problems("source.site_urls", url, "https://example.sharepoint.com/sites/claims")
        if not is_token(self.tenant_id) and not _TENANT.fullmatch(self.tenant_id):
            fix = "Use its 36 characters, in lower case, such as 00000000-0000-0000-0000-000000000000"
            yield Problem("source.tenant_id", self.tenant_id, "is no tenant", fix)
        yield from filter_problems(self.filters)

    def locate(self, scope: Construct, workspace: Workspace) -> Located:  # noqa: ARG002 (there is nothing to make)
        """Where the documents are."""
        place = {
            "domain": self.domain,
            "siteUrls": [*self.site_urls],
            "tenantId": self.tenant_id,
            "hostType": "ONLINE",
            "authType": self.auth,
            "credentialsSecretArn": self.credentials.secret_arn,
        }
        return Located(
            configuration={
                "type": "SHAREPOINT",
                "sharePointConfiguration": {"sourceConfiguration": place, **crawler_configuration(self.filters)},
            },
            statements=read_secret(self.credentials),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceSource(Source):
    """Records of Salesforce.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/salesforce-data-source-connector.html

    :param url: such as ``https://example.my.salesforce.com``.
    :param credentials: a secret with what OAuth 2.0 needs, as the page above says.
    :param filters: which objects are read.
    """

    url: str
    credentials: secretsmanager.ISecret
    filters: Sequence[ObjectFilter] = ()

    def own_problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        yield from _url_problems("source.url", self.url, "https://example.my.salesforce.com")
        yield from filter_problems(self.filters)

    def locate(self, scope: Construct, workspace: Workspace) -> Located:  # noqa: ARG002 (there is nothing to make)
        """Where the documents are."""
        place = {
            "hostUrl": self.url,
            "authType": "OAUTH2_CLIENT_CREDENTIALS",
            "credentialsSecretArn": self.credentials.secret_arn,
        }
        return Located(
            configuration={
                "type": "SALESFORCE",
                "salesforceConfiguration": {"sourceConfiguration": place, **crawler_configuration(self.filters)},
            },
            statements=read_secret(self.credentials),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomSource(Source):
    """Documents that an application delivers itself, with ``IngestKnowledgeBaseDocuments``, without a synchronization.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/custom-data-source-connector.html
    """

    def own_problems(self) -> Iterator[Problem]:
        """Nothing to be refused."""
        yield from ()

    def locate(self, scope: Construct, workspace: Workspace) -> Located:  # noqa: ARG002 (there is nothing to make)
        """They are nowhere until they are delivered."""
        return Located(configuration={"type": "CUSTOM"}, statements=[])


def _url_problems(argument: str, url: str, example: str) -> Iterator[Problem]:
    if not is_token(url) and not _HTTPS.fullmatch(url):
        yield Problem(argument, url, "is no address that the connector opens", f"Write it as {example}")
