// One pin for each topic that is shown: its point stands at the topic's place, its size is that of the screen.
in vec4 p3d_Vertex;
uniform samplerBuffer places;  // where a topic is, and its number
uniform usamplerBuffer styles; // shape, tone, standing, flags
uniform samplerBuffer shown;   // row, and for how many it stands
uniform mat4 clip_from_scene;
uniform vec2 window_size;
uniform vec4 label; // where its text begins, height of its middle, width of a letter, size of everything
uniform sampler2D scene_depth;
out vec2 at;        // pixels from the place, in the size of an open pin
flat out float number, count, size, faint, letters;
flat out int shape, tone, standing, flags;
const float BEHIND = 0.00004, COVERED = 0.42;

// Share of four points around the place that nothing covers.
float seen(vec3 anchor) {
    float sum = 0.0;
    for (int i = 0; i < 4; i++) {
        vec2 d = vec2((i & 1) * 2 - 1, (i >> 1) * 2 - 1) * 3.0 / window_size;
        sum += step(anchor.z - BEHIND, textureLod(scene_depth, anchor.xy + d, 0.0).r);
    }
    return sum / 4.0;
}

void main() {
    vec4 which = texelFetch(shown, gl_InstanceID);
    int row = int(which.x);
    vec4 place = texelFetch(places, row);
    ivec4 style = ivec4(texelFetch(styles, row));
    vec4 clip = clip_from_scene * vec4(place.xyz, 1.0);
    vec3 anchor = clip.xyz / clip.w * 0.5 + 0.5;
    shape = style.x;
    tone = style.y;
    standing = style.z;
    flags = style.w;
    count = which.y;
    number = count > 1.5 ? count : place.w;
    letters = 2.0 + floor(log(max(number, 1.0)) / log(10.0) + 1e-4) + (count > 1.5 ? 0.0 : max(float(tone) - 2.0, 0.0));
    size = label.w * (standing == 3 && count < 1.5 ? 0.68 : 1.0);
    faint = mix(COVERED, 1.0, seen(anchor)) * ((flags & 1) != 0 ? 0.8 : 1.0);
    vec2 low = vec2(-17.0, -3.0), high = vec2(label.x + letters * label.z + 9.0, 35.0);
    at = mix(low, high, p3d_Vertex.xy * 0.5 + 0.5);
    gl_Position = vec4((floor(anchor.xy * window_size + 0.5) + at * size) / window_size * 2.0 - 1.0, 0.0, 1.0);
}
