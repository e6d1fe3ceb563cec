"""Documents of other systems are told to Bedrock as its API has it, and the role reads their secret and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    ConfluenceSource,
    CustomSource,
    KnowledgeBase,
    ObjectFilter,
    SalesforceSource,
    SharePointSource,
    Source,
    WebSource,
)
from tests.conftest import only

Make = Callable[..., KnowledgeBase]
Synth = Callable[[], Template]
SECRET = "arn:aws:secretsmanager:us-east-1:111111111111:secret:mine-AbCdEf"
TENANT = "01234567-89ab-cdef-0123-456789abcdef"
PAGES = ObjectFilter(object_type="Page", include=["Handbook.*"], exclude=[".*draft.*"])


@pytest.fixture
def secret(stack: cdk.Stack) -> secretsmanager.ISecret:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:111111111111:key/1")
    return secretsmanager.Secret.from_secret_attributes(stack, "Secret", secret_complete_arn=SECRET, encryption_key=key)


def configured(template: Template) -> dict[str, Any]:
    """What Bedrock is told about the one data source."""
    return dict(only(template, "AWS::Bedrock::DataSource")["DataSourceConfiguration"])


def allowed(template: Template, service: str) -> list[dict[str, Any]]:
    """Statements about a service in the role of the knowledge base."""
    statements = only(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    return [item for item in statements if any(str(action).startswith(service) for action in [item["Action"]][0:1])]


def test_confluence_is_read_with_its_secret(
    knowledge_base: Make, secret: secretsmanager.ISecret, template: Synth
) -> None:
    source = ConfluenceSource(name="wiki", url="https://example.atlassian.net", credentials=secret, filters=[PAGES])
    knowledge_base(sources=[source])
    made = template()
    assert configured(made) == {
        "Type": "CONFLUENCE",
        "ConfluenceConfiguration": {
            "SourceConfiguration": {
                "HostUrl": "https://example.atlassian.net",
                "HostType": "SAAS",
                "AuthType": "BASIC",
                "CredentialsSecretArn": SECRET,
            },
            "CrawlerConfiguration": {
                "FilterConfiguration": {
                    "Type": "PATTERN",
                    "PatternObjectFilter": {
                        "Filters": [
                            {
                                "ObjectType": "Page",
                                "InclusionFilters": ["Handbook.*"],
                                "ExclusionFilters": [".*draft.*"],
                            }
                        ]
                    },
                }
            },
        },
    }
    (read,) = allowed(made, "secretsmanager:")
    assert (read["Action"], read["Resource"]) == ("secretsmanager:GetSecretValue", SECRET)


def test_oauth_renews_the_token_of_confluence_in_its_secret(
    knowledge_base: Make, secret: secretsmanager.ISecret, template: Synth
) -> None:
    auth: Any = "OAUTH2_CLIENT_CREDENTIALS"
    source = ConfluenceSource(name="wiki", url="https://example.atlassian.net", credentials=secret, auth=auth)
    knowledge_base(sources=[source])
    statements = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    (renew,) = [item for item in statements if item["Resource"] == SECRET]
    assert renew["Action"] == ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]


def test_a_secret_that_is_known_by_its_name_is_read_by_it(
    knowledge_base: Make, stack: cdk.Stack, template: Synth
) -> None:
    named = secretsmanager.Secret.from_secret_name_v2(stack, "Named", "crm")
    knowledge_base(sources=[SalesforceSource(name="crm", url="https://example.my.salesforce.com", credentials=named)])
    made = template()
    (read,) = allowed(made, "secretsmanager:")
    assert read["Resource"]["Fn::Join"][1][-1] == ":secret:crm-??????"
    assert configured(made)["Type"] == "SALESFORCE"


def test_sharepoint_is_read_as_an_app(knowledge_base: Make, secret: secretsmanager.ISecret, template: Synth) -> None:
    site = "https://example.sharepoint.com/sites/claims"
    knowledge_base(
        sources=[
            SharePointSource(name="files", domain="example", site_urls=[site], tenant_id=TENANT, credentials=secret)
        ]
    )
    assert configured(template()) == {
        "Type": "SHAREPOINT",
        "SharePointConfiguration": {
            "SourceConfiguration": {
                "Domain": "example",
                "SiteUrls": [site],
                "TenantId": TENANT,
                "HostType": "ONLINE",
                "AuthType": "OAUTH2_SHAREPOINT_APP_ONLY_CLIENT_CREDENTIALS",
                "CredentialsSecretArn": SECRET,
            }
        },
    }


def test_an_application_delivers_its_documents_itself(knowledge_base: Make, template: Synth) -> None:
    made = knowledge_base(sources=[CustomSource(name="tickets")])
    assert configured(template()) == {"Type": "CUSTOM"}
    (deliver,) = made.delivery_statements()
    assert "bedrock:IngestKnowledgeBaseDocuments" in deliver.actions
    assert deliver.resources == [made.knowledge_base_arn]
    assert made.data_sources["tickets"].bucket is None


def test_web_pages_are_crawled_slowly_and_within_the_path(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(sources=[WebSource(name="docs", seeds=["https://docs.example.com/a/"])])
    assert configured(template()) == {
        "Type": "WEB",
        "WebConfiguration": {
            "SourceConfiguration": {"UrlConfiguration": {"SeedUrls": [{"Url": "https://docs.example.com/a/"}]}},
            "CrawlerConfiguration": {"CrawlerLimits": {"RateLimit": 60, "MaxPages": 1000}},
        },
    }


def test_the_crawler_goes_as_far_as_it_is_told(knowledge_base: Make, template: Synth) -> None:
    source = WebSource(
        name="docs",
        seeds=["https://docs.example.com"],
        scope="SUBDOMAINS",
        include=[".*/en/.*"],
        exclude=[r".*\.zip"],
        pages_per_minute=300,
    )
    knowledge_base(sources=[source])
    crawler = configured(template())["WebConfiguration"]["CrawlerConfiguration"]
    assert crawler == {
        "CrawlerLimits": {"RateLimit": 300, "MaxPages": 1000},
        "Scope": "SUBDOMAINS",
        "InclusionFilters": [".*/en/.*"],
        "ExclusionFilters": [r".*\.zip"],
    }


def refused(secret: Any) -> list[tuple[Source, str]]:
    """Sources that Bedrock would refuse, and what is said about them."""
    confluence: dict[str, Any] = {"name": "wiki", "url": "https://example.atlassian.net", "credentials": secret}
    sharepoint: dict[str, Any] = {
        "name": "files",
        "domain": "example",
        "site_urls": ["https://example.sharepoint.com"],
        "tenant_id": TENANT,
        "credentials": secret,
    }
    seeds = ["https://example.com"]
    return [
        (WebSource(name="a", seeds=[]), "are 0 addresses. Use 1 to 100, or several sources."),
        (WebSource(name="a", seeds=seeds * 101), "are 101 addresses. Use 1 to 100, or several sources."),
        (WebSource(name="a", seeds=["example.com"]), "source.seeds='example.com' is no address."),
        (WebSource(name="a", seeds=seeds, pages_per_minute=301), "source.pages_per_minute=301 is no rate of pages."),
        (WebSource(name="a", seeds=seeds, max_pages=0), "source.max_pages=0 is no number of pages."),
        (WebSource(name="a", seeds=seeds, include=["("]), "source.include='(' is no regular expression."),
        (WebSource(name="a", seeds=seeds, exclude=["a"] * 26), "are 26 expressions. Use at most 25."),
        (WebSource(name="a", seeds=seeds, exclude=[""]), "source.exclude='...' has 0 characters. Use 1 to 1000."),
        (ConfluenceSource(**{**confluence, "url": "http://a"}), "is no address that the connector opens."),
        (
            ConfluenceSource(**confluence, filters=[ObjectFilter(object_type="Page")]),
            "source.filters='Page' is a filter that filters nothing.",
        ),
        (
            ConfluenceSource(**confluence, filters=[ObjectFilter(object_type="", include=["a"])]),
            "source.filters.object_type='' is no kind of object.",
        ),
        (ConfluenceSource(**confluence, filters=[PAGES] * 26), "are 26 filters. Use at most 25."),
        (SharePointSource(**{**sharepoint, "tenant_id": "mine"}), "source.tenant_id='mine' is no tenant."),
        (SharePointSource(**{**sharepoint, "domain": ""}), "source.domain='' is no domain."),
        (SharePointSource(**{**sharepoint, "site_urls": []}), "are 0 sites. Use 1 to 100."),
        (
            SalesforceSource(name="crm", url="salesforce", credentials=secret),
            "source.url='salesforce' is no address that the connector opens.",
        ),
    ]


@pytest.mark.parametrize("index", range(len(refused(None))))
def test_what_a_connector_would_refuse_is_refused(
    knowledge_base: Make, secret: secretsmanager.ISecret, index: int
) -> None:
    source, message = refused(secret)[index]
    with pytest.raises(ConfigurationError) as error:
        knowledge_base(sources=[source])
    assert message in str(error.value)
