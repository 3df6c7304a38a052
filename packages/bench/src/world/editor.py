# Runs in `manage.py shell`: reads one JSON command a line, answers one JSON line. Ends with its input.
import json
import sys
import time

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from felagar.models import Address, ContactInfo, Member
from member_sync.models import MemberSyncQueue


def create(members):
    newest = Member.objects.aggregate(id=Max("id"))["id"] or 0
    with transaction.atomic():
        Member.objects.bulk_create(
            [Member(ssn=m["ssn"], name=m["name"], birthday=m["birthday"], gender=m["gender"]) for m in members], batch_size=100)
        ids = dict(Member.objects.filter(id__gt=newest).values_list("ssn", "id"))
        ContactInfo.objects.bulk_create([ContactInfo(member_id=ids[m["ssn"]], **m["contact_info"]) for m in members], batch_size=100)
        Address.objects.bulk_create([Address(member_id=ids[m["ssn"]], **m["address"]) for m in members], batch_size=100)
    return {"ids": [ids[m["ssn"]] for m in members]}


def edit(phones):
    with transaction.atomic():
        for ssn, phone in phones:
            ContactInfo.objects.filter(member__ssn=ssn).update(phone=phone)
    return {"committedAt": time.time() * 1000}


def mark():
    return {"marked": MemberSyncQueue.objects.filter(synced_at__isnull=True).update(synced_at=timezone.now(), sync_status="synced")}


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    work = {"create": create, "edit": edit, "mark": mark}[command.pop("do")]
    print(json.dumps(work(**command)), flush=True)
