"""What ``bos.connect()`` returns: BOS as objects, over the network or in this process. It knows no server part."""
