"""Divides a network into blocks of addresses, as ``Fn::Cidr`` does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
"""

from __future__ import annotations

import ipaddress
from itertools import islice

MOST = 256
"""How many blocks the function makes at most."""


class TooManyBlocksError(ValueError):
    """The network does not hold as many blocks, or the function does not make as many; the message says which."""


def blocks(network: str, count: int, bits: int) -> list[str]:
    """The first blocks of a network.

    :param bits: of each address that are the block's own.
    :raises TooManyBlocksError: where there are not as many.
    :raises ValueError: for what is no network, and for blocks larger than it.
    """
    if not 1 <= count <= MOST:
        raise TooManyBlocksError(f"Fn::Cidr makes 1 to {MOST} blocks, not {count}")
    # EC2 takes a block with bits set behind its prefix for the network that it lies in.
    whole = ipaddress.ip_network(network, strict=False)
    found = [str(block) for block in islice(whole.subnets(new_prefix=whole.max_prefixlen - bits), count)]
    if len(found) < count:
        raise TooManyBlocksError(f"Fn::Cidr: {network} holds {len(found)} blocks of {bits} bits, not {count}")
    return found
