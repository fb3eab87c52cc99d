"""Every page, and where it is."""

from django.urls import include, path

from halves.web.views import accounts, errors, home, people, privacy, settings, tasks

urlpatterns = [
    path("", home.home, name="home"),
    path("find/", home.palette, name="palette"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add, name="person_add"),
    path("people/views/", people.save_view, name="view_save"),
    path("people/<int:key>/", people.person, name="person"),
    path("people/<int:key>/timeline/", people.lines, name="person_timeline"),
    path("people/<int:key>/edit/", people.edit, name="person_edit"),
    path("people/<int:key>/notes/", people.note, name="person_note"),
    path("people/<int:key>/tags/", people.tag, name="person_tag"),
    path("people/<int:key>/tasks/", people.task, name="person_task"),
    path("people/<int:key>/consent/", people.consent, name="person_consent"),
    path("people/<int:key>/leave-alone/", people.leave_alone, name="person_leave_alone"),
    path("people/<int:key>/privacy/", privacy.person_privacy, name="person_privacy"),
    path("people/<int:key>/privacy/file/", privacy.person_export, name="person_export"),
    path("people/<int:key>/privacy/erase/", privacy.person_erase, name="person_erase"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/add/", accounts.add, name="account_add"),
    path("accounts/<int:key>/", accounts.account, name="account"),
    path("accounts/<int:key>/edit/", accounts.edit, name="account_edit"),
    path("accounts/<int:key>/notes/", accounts.note, name="account_note"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:key>/done/", tasks.done, name="task_done"),
    path("settings/", settings.house, name="settings"),
    path("settings/users/", settings.users, name="users"),
    path("settings/users/<int:key>/", settings.user, name="user"),
    path("settings/teams/", settings.teams, name="teams"),
    path("settings/fields/", settings.fields, name="custom_fields"),
    path("settings/tokens/", settings.tokens, name="tokens"),
    path("settings/tokens/<int:key>/remove/", settings.remove_token, name="token_remove"),
    path("settings/restore/", privacy.restore_lock, name="restore_lock"),
    path("settings/log/", settings.log, name="audit"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
]
handler400, handler403 = errors.bad_request, errors.forbidden
handler404, handler500 = errors.not_found, errors.server_error
