"""What the server runs."""

import os

from django.core.wsgi import get_wsgi_application

from halves.parent import end_without_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "halves.settings")
application = get_wsgi_application()
end_without_parent(lambda: os._exit(1))
