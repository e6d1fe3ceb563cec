"""Generative AI: Bedrock's models, guardrails, prompts and knowledge bases, agents on AgentCore, and customization.

A name is imported when it is asked for: an app that calls a model does not wait for agents. See :mod:`cdk_ml.lazy`.
"""

from typing import TYPE_CHECKING

from cdk_ml.lazy import on_demand

if TYPE_CHECKING:
    from cdk_ml.genai.knowledge_bases.chunking import (
        Chunking,
        FixedChunks,
        HierarchicalChunks,
        SemanticChunks,
        WholeDocuments,
    )
    from cdk_ml.genai.knowledge_bases.connectors import (
        ConfluenceSource,
        CustomSource,
        SalesforceSource,
        SharePointSource,
    )
    from cdk_ml.genai.knowledge_bases.existing_stores import Aurora, ExistingOpenSearch, NeptuneAnalytics
    from cdk_ml.genai.knowledge_bases.filters import (
        Filter,
        and_all,
        at_least,
        at_most,
        contains,
        equals,
        greater_than,
        in_,
        less_than,
        list_contains,
        not_equals,
        not_in,
        or_all,
        starts_with,
    )
    from cdk_ml.genai.knowledge_bases.ingestion import DataAutomationParsing, Ingestion, ModelParsing, Parsing
    from cdk_ml.genai.knowledge_bases.knowledge_base import KnowledgeBase
    from cdk_ml.genai.knowledge_bases.opensearch import OpenSearchServerless
    from cdk_ml.genai.knowledge_bases.patterns import ObjectFilter
    from cdk_ml.genai.knowledge_bases.retrieval import Reranking, Retrieval
    from cdk_ml.genai.knowledge_bases.s3_source import S3Source
    from cdk_ml.genai.knowledge_bases.s3_vectors import S3Vectors
    from cdk_ml.genai.knowledge_bases.source import DataDeletion, DataSource, Source
    from cdk_ml.genai.knowledge_bases.store import VectorStore, VectorType
    from cdk_ml.genai.knowledge_bases.sync import KnowledgeBaseSync
    from cdk_ml.genai.knowledge_bases.web_source import WebSource
    from cdk_ml.genai.models.foundation_model import FoundationModel
    from cdk_ml.genai.models.invokable import InvokableModel

__all__ = [
    "Aurora",
    "Chunking",
    "ConfluenceSource",
    "CustomSource",
    "DataAutomationParsing",
    "DataDeletion",
    "DataSource",
    "ExistingOpenSearch",
    "Filter",
    "FixedChunks",
    "FoundationModel",
    "HierarchicalChunks",
    "Ingestion",
    "InvokableModel",
    "KnowledgeBase",
    "KnowledgeBaseSync",
    "ModelParsing",
    "NeptuneAnalytics",
    "ObjectFilter",
    "OpenSearchServerless",
    "Parsing",
    "Reranking",
    "Retrieval",
    "S3Source",
    "S3Vectors",
    "SalesforceSource",
    "SemanticChunks",
    "SharePointSource",
    "Source",
    "VectorStore",
    "VectorType",
    "WebSource",
    "WholeDocuments",
    "and_all",
    "at_least",
    "at_most",
    "contains",
    "equals",
    "greater_than",
    "in_",
    "less_than",
    "list_contains",
    "not_equals",
    "not_in",
    "or_all",
    "starts_with",
]

__getattr__ = on_demand(__name__)
