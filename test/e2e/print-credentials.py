"""What Debian's os-client-config and keystoneauth make of options, variables and clouds.yaml: a case per line."""
import argparse
import json
import os
import sys
import types
import warnings

import os_client_config
from keystoneauth1 import discover

warnings.simplefilter('ignore')


class Asked(Exception):
    pass


class Session:
    """Stands where requests are sent, and keeps the one for a token."""

    def post(self, url, json, **_):
        raise Asked({'url': url, 'body': json})


def request_for(auth, version):
    plugin = auth
    if hasattr(auth, 'create_plugin'):
        if version == (2, 0) and auth._has_domain_scope:
            return None
        plugin = auth.create_plugin(None, version, auth.auth_url)
    if plugin is None:
        return None
    try:
        plugin.get_auth_ref(Session())
    except Asked as asked:
        return asked.args[0]['body']


def answer(case):
    os.environ.clear()
    os.environ.update(case['env'])
    config = os_client_config.OpenStackConfig(config_files=[], secure_files=[], vendor_files=[])
    cloud = config.get_one_cloud(
        cloud=case['options'].get('os_cloud'), argparse=argparse.Namespace(**case['options']), network_api_version='2.0',
        verify=not case['options'].get('insecure'))
    verify, cert = cloud.get_requests_verify_args()
    auth = cloud.get_auth()
    told = {'region': cloud.get_region_name(), 'verify': verify, 'cert': cert}
    if cloud.config['auth_type'] == 'none':
        return {**told, 'endpoint': auth.endpoint}
    return {**told, 'url': auth.auth_url, 'v3': request_for(auth, (3, 0)), 'v2': request_for(auth, (2, 0))}


for line in sys.stdin:
    try:
        told = answer(json.loads(line))
    except Exception as error:
        told = {'error': str(error)}
    print(json.dumps(told), flush=True)
