#!/bin/sh
# Makes sample.webm: 30 s of VP9 in 1280x720 and 640x360 at 30 fps and Opus, a keyframe every second in both, and a time code.
# Needs ffmpeg (libvpx-vp9, libopus, drawtext) and the DejaVu fonts: on Debian `apt-get install ffmpeg fonts-dejavu-core`.
# Nothing here is needed at run time: the result is committed. docs/sample.md tells what is in the picture.
set -eu
cd "$(dirname "$0")"
seconds=30
fps=30
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
font=$(fc-match -f '%{file}' 'DejaVu Sans:bold')
mono=$(fc-match -f '%{file}' 'DejaVu Sans Mono:bold')

# The time code, one pixel per cell: white black white, 24 bits of the frame number (highest first), even parity, white black white black.
ones=0
bit=0
while [ $bit -lt 24 ]; do
  ones="$ones+mod(floor(N/$((1 << bit))),2)"
  bit=$((bit + 1))
done
number="if(between(X,3,26),mod(floor(N/pow(2,26-X)),2),if(eq(X,27),mod($ones,2),if(lt(X,3),1-mod(X,2),1-mod(X-28,2))))"

# Every movement and every tone repeats after 30 s, so that the last frame leads into the first.
w="2*PI*T/$seconds"
red="(78+40*sin(X/46+2*$w)+30*sin((X+Y)/61-3*$w))"
green="(70+34*sin(Y/38-2*$w+1)+26*sin((X-Y)/53+$w))"
blue="(132+40*sin(X/57-$w)+34*sin((Y+X)/49+2*$w+2))"
printf '%s' '%{eif:floor(t/60):d:2}:%{eif:mod(floor(t),60):d:2}.%{eif:mod(floor(t*1000+0.5),1000):d:3}' > "$work/clock.txt"
printf '%s' 'frame %{frame_num}' > "$work/frame.txt"
ball="r=255:g=255:b=255:a='255*clip((44-hypot(X-48,Y-48))/2,0,1)'"

ffmpeg -hide_banner -loglevel error -y \
  -f lavfi -i "nullsrc=s=320x180:r=$fps:d=$seconds,format=gbrp,geq=r='$red':g='$green':b='$blue',scale=1280:720:flags=bicubic,format=yuv444p" \
  -f lavfi -i "nullsrc=s=32x2:r=$fps:d=$seconds,format=yuv444p,geq=lum='16+219*$number':cb=128:cr=128,scale=1280:40:flags=neighbor" \
  -f lavfi -i "color=c=white:s=96x96:r=1:d=1,format=rgba,geq=$ball,loop=-1:1,setpts=N/$fps/TB,colorchannelmixer=rr=1:gg=0.72:bb=0.25" \
  -f lavfi -i "color=c=0xffb840:s=1280x10:r=$fps:d=$seconds" \
  -filter_complex "
    [2:v]split=2[ball][pulse];
    [0:v][ball]overlay=x='592+440*sin(2*PI*t*3/$seconds)':y='330+220*sin(2*PI*t*4/$seconds)':shortest=1[a];
    [a][pulse]overlay=x=592:y=520:enable='lt(mod(t,1),0.1)':shortest=1[b];
    [b][3:v]overlay=x='-1280+1280*t/$seconds':y=710[c];
    [c]drawtext=fontfile=$font:text=moqscope:fontcolor=white@0.85:fontsize=64:x=(w-tw)/2:y=130,
       drawtext=fontfile=$mono:textfile=$work/clock.txt:fontcolor=white:fontsize=112:x=(w-tw)/2:y=270:box=1:boxcolor=black@0.35:boxborderw=24,
       drawtext=fontfile=$mono:textfile=$work/frame.txt:fontcolor=white@0.85:fontsize=40:x=(w-tw)/2:y=440[d];
    [d][1:v]overlay=x=0:y=0[e];
    [e]split=2[large][scaled];
    [scaled]scale=640:360:flags=lanczos,drawtext=fontfile=$font:text=360p:fontcolor=white:fontsize=24:x=16:y=36,format=yuv420p[v360];
    [large]drawtext=fontfile=$font:text=720p:fontcolor=white:fontsize=48:x=32:y=72,format=yuv420p[v720]" \
  -map '[v720]' -map '[v360]' -c:v ffv1 "$work/picture.mkv"

# A beep on each second (higher on every tenth) over a soft chord; whole numbers of hertz, so that each second begins alike.
chord="0.05*(sin(2*PI*196*t)+sin(2*PI*247*t)+sin(2*PI*294*t)+sin(2*PI*370*t))*(0.75+0.25*sin(2*PI*t*3/$seconds))"
beep="0.35*sin(2*PI*if(lt(mod(t,10),1),1320,880)*t)*clip(mod(t,1)*200,0,1)*clip((0.1-mod(t,1))*50,0,1)"
# Encoded twice over; the second round is kept, whose first packet follows a last packet like its own: 1500 packets of 20 ms
# (bitstream filters count in milliseconds, the unit of Matroska).
packets=$((seconds * 50))
ffmpeg -hide_banner -loglevel error -y -f lavfi -i "aevalsrc='$chord+$beep':s=48000:d=$((seconds * 2 + 1))" \
  -ac 2 -c:a libopus -b:a 64k -frame_duration 20 "$work/twice.ogg"
ffmpeg -hide_banner -loglevel error -y -i "$work/twice.ogg" -c copy \
  -bsf:a "noise=amount=0:drop='lt(n,$packets)+gte(n,$((packets * 2)))',setts=ts='N*20'" "$work/sound.mka"

for pass in 1 2; do
  [ $pass = 1 ] && out="-f null /dev/null" || out="-f webm $work/sample.webm"
  # shellcheck disable=SC2086 # $out is several words
  ffmpeg -hide_banner -loglevel error -y -i "$work/picture.mkv" -i "$work/sound.mka" \
    -map 0:0 -map 0:1 -map 1:0 -c:a copy -c:v libvpx-vp9 -pass $pass -passlogfile "$work/pass" \
    -b:v:0 620k -maxrate:v:0 900k -b:v:1 200k -maxrate:v:1 300k -g $fps -keyint_min $fps -force_key_frames "expr:eq(mod(n,$fps),0)" \
    -deadline good -cpu-used 2 -row-mt 1 -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
    -metadata title="moqscope sample" -metadata:s:v:0 title=720p -metadata:s:v:1 title=360p -fflags +bitexact -flags:v +bitexact $out
done
mv "$work/sample.webm" sample.webm
